// What does not parse is counted always and logged rarely: once per subject and reason, then at most once a minute with
// how many were not shown. A peer that sends garbage must not be able to fill the log or the memory.
import type { Logger } from 'pino';

const windowMs = 60_000;
const maxKinds = 256;

interface Kind {
  loggedAt: number;
  unshown: number;
}

export class Complaints {
  readonly #kinds = new Map<string, Kind>();
  #count = 0;

  constructor(
    private readonly log: Logger,
    private readonly now: () => number = Date.now,
  ) {}

  /** How many messages were complained about since the start. */
  get count(): number {
    return this.#count;
  }

  /** Counts one, and logs it when this kind was not logged within the last minute. */
  add(subject: string, reason: string, trace: string, text: string): void {
    this.#count++;
    const kind = this.#kindOf(`${subject} ${reason}`);
    if (this.now() - kind.loggedAt < windowMs) {
      kind.unshown++;
      return;
    }
    this.log.warn({ subject, reason, trace, ...(kind.unshown > 0 && { unshown: kind.unshown }) }, text);
    kind.loggedAt = this.now();
    kind.unshown = 0;
  }

  #kindOf(key: string): Kind {
    const known = this.#kinds.get(key);
    if (known !== undefined) {
      return known;
    }
    // Reasons can be made up by a peer without end: past the bound they share one kind.
    const made = this.#kinds.size < maxKinds ? key : 'others';
    const kind = this.#kinds.get(made) ?? { loggedAt: -Infinity, unshown: 0 };
    this.#kinds.set(made, kind);
    return kind;
  }
}
