// Who the participants are: the configured names, each with the logId it was last seen with. A list is frozen from this
// when a transaction begins, so a name counts only once its logId is known.
import type { Alive, Member } from '@parley/contracts';

export class Members {
  private readonly seen = new Map<string, Member>();

  constructor(readonly names: readonly string[]) {}

  /** A participant told that it lives, or a list in the journal names it. */
  note({ name, logId }: Member): void {
    if (this.names.includes(name)) this.seen.set(name, { name, logId });
  }

  hear(alive: Alive): void {
    if (alive.service === 'participant') this.note({ name: alive.node, logId: alive.logId });
  }

  /** Names of which no logId is known yet. */
  get missing(): string[] {
    return this.names.filter((name) => !this.seen.has(name));
  }

  /** The list of a transaction that begins now. Call it only when none is missing. */
  get list(): Member[] {
    return this.names.flatMap((name) => this.seen.get(name) ?? []);
  }
}
