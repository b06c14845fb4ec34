// Who the participants are: the configured names, each with the logId it was last heard of with. A list is frozen from
// this when a transaction begins, so a name counts only once it was heard of since this coordinator started: by then it
// was also seen that the participant knows of no number that this coordinator has not given.
import type { Member } from '@parley/contracts';

export class Members {
  private readonly seen = new Map<string, Member>();

  constructor(readonly names: readonly string[]) {}

  /** A configured participant told that it lives. */
  hear({ name, logId }: Member): void {
    this.seen.set(name, { name, logId });
  }

  /** Names that were not heard of yet. */
  get missing(): string[] {
    return this.names.filter((name) => !this.seen.has(name));
  }

  /** The list of a transaction that begins now. Call it only when none is missing. */
  get list(): Member[] {
    return this.names.flatMap((name) => this.seen.get(name) ?? []);
  }
}
