// Waiting until enough is read or heard.
import { Refusal } from '@parley/messaging';

/** How long an event that is known to be stored may take until it is read, in milliseconds. */
export const READ_MS = 3_000;

export class Progress {
  private readonly waiting = new Set<() => void>();

  /** @param record what is read, for who has waited in vain */
  constructor(private readonly record: string) {}

  /** More is read. */
  made(): void {
    for (const look of this.waiting) look();
  }

  /** @throws Refusal `broker-unreachable` when it is not so in time */
  async until(isSo: () => boolean): Promise<void> {
    if (!(await this.within(READ_MS, isSo))) throw new Refusal('broker-unreachable', `${this.record} cannot be read`);
  }

  /** Resolves with true as soon as it is so, with false when it is not after so many milliseconds. */
  within(limitMs: number, isSo: () => boolean): Promise<boolean> {
    return new Promise((resolve) => {
      const end = (is: boolean): void => {
        clearTimeout(limit);
        this.waiting.delete(look);
        resolve(is);
      };
      const look = (): void => {
        if (isSo()) end(true);
      };
      const limit = setTimeout(() => end(false), limitMs);
      this.waiting.add(look);
      look();
    });
  }
}
