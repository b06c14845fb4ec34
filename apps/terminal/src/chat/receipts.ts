// What a person was told waits for nobody any more. One receipt is under way at a time, and the next one is for all that was told
// meanwhile: an inbox of a thousand messages is not a thousand commands.
import type { InboxPosition } from '@parley/contracts';

export class Receipts {
  private latest: InboxPosition | undefined;
  private giving: Promise<void> | undefined;

  /** @param give says that all up to a position was received; does not reject */
  constructor(private readonly give: (upTo: InboxPosition) => Promise<void>) {}

  /** All up to here was told. */
  note(position: InboxPosition): void {
    this.latest = position;
    this.giving ??= this.giveAll();
  }

  /** Resolves when all receipts are given. */
  get given(): Promise<void> {
    return this.giving ?? Promise.resolve();
  }

  private async giveAll(): Promise<void> {
    for (let upTo = this.latest; upTo !== undefined; upTo = this.latest) {
      this.latest = undefined;
      await this.give(upTo);
    }
    this.giving = undefined;
  }
}
