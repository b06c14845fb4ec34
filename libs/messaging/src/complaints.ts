// What is refused is counted always and logged rarely: once per subject and reason, then at most once a minute with how
// many were not shown. A peer that sends garbage must not be able to fill the log or the memory.
import type { Logger } from 'pino';

const windowMs = 60_000;
const maxKinds = 256;
/** Stands for the subjects and the reasons past the bound. */
const others = 'others';

interface Kind extends Refused {
  count: number;
  loggedAt: number;
  unshown: number;
}

/** How many messages of a subject were refused for a reason. */
export interface Refused {
  readonly subject: string;
  readonly reason: string;
  readonly count: number;
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

  /** The same by subject and reason, the first kind first. */
  get kinds(): Refused[] {
    return [...this.#kinds.values()].map(({ subject, reason, count }) => ({ subject, reason, count }));
  }

  /** Counts one, and logs it when this kind was not logged within the last minute. */
  add(subject: string, reason: string, fields: object, text: string): void {
    const kind = this.note(subject, reason);
    if (this.now() - kind.loggedAt < windowMs) {
      kind.unshown++;
      return;
    }
    this.log.warn({ subject, reason, ...fields, ...(kind.unshown > 0 && { unshown: kind.unshown }) }, text);
    kind.loggedAt = this.now();
    kind.unshown = 0;
  }

  /** Counts one without a word. */
  note(subject: string, reason: string): Kind {
    this.#count++;
    const kind = this.#kindOf(subject, reason);
    kind.count++;
    return kind;
  }

  #kindOf(subject: string, reason: string): Kind {
    const key = `${subject} ${reason}`;
    const known = this.#kinds.get(key);
    if (known !== undefined) {
      return known;
    }
    // Reasons can be made up by a peer without end: past the bound they share one kind.
    if (this.#kinds.size >= maxKinds && key !== `${others} ${others}`) {
      return this.#kindOf(others, others);
    }
    const kind = { subject, reason, count: 0, loggedAt: -Infinity, unshown: 0 };
    this.#kinds.set(key, kind);
    return kind;
  }
}
