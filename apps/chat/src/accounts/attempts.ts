// How often somebody may try. Pure: the time comes in. A key (a name, a network address) has a number of attempts, and gets
// them back one at a time. What is remembered is bounded: a key that has all its attempts again is forgotten, and when
// still too many are remembered those that were used longest ago are.

export interface AttemptLimit {
  /** How many attempts a key has at first, and at most. */
  readonly burst: number;
  /** How long it takes to get one back. */
  readonly everyMs: number;
}

/** Most keys of one kind that are remembered, about 1 MB. */
const MAX_KEYS = 10_000;

/**
 * One more attempt.
 *
 * @param before when the key has all its attempts again, ms since the epoch; undefined for never used
 * @returns the same afterwards, and 0 or how long until an attempt is allowed, in milliseconds
 */
function attempt(
  { burst, everyMs }: AttemptLimit,
  before: number | undefined,
  now: number,
): { waitMs: number; fullAt: number } {
  // None left is the worst there is, whatever a clock that was set back says.
  const used = Math.min(Math.max(before ?? now, now), now + burst * everyMs);
  const waitMs = Math.max(0, used + everyMs - now - burst * everyMs);
  return { waitMs, fullAt: waitMs > 0 ? used : used + everyMs };
}

export class Attempts {
  /** When a key has all its attempts again, ms since the epoch; by last use, the longest ago first. */
  private readonly fullAt = new Map<string, number>();

  constructor(private readonly limit: AttemptLimit) {}

  /** Makes an attempt. Returns 0 when it is allowed, otherwise how long until one is, in milliseconds. */
  take(key: string, now: number): number {
    const { waitMs, fullAt } = attempt(this.limit, this.fullAt.get(key), now);
    this.put(key, fullAt);
    this.forget(now);
    return waitMs;
  }

  /** The attempt was rightful after all: it does not count. */
  giveBack(key: string): void {
    const fullAt = this.fullAt.get(key);
    if (fullAt !== undefined) this.put(key, fullAt - this.limit.everyMs);
  }

  /** How many keys are remembered. */
  get size(): number {
    return this.fullAt.size;
  }

  private put(key: string, fullAt: number): void {
    this.fullAt.delete(key);
    this.fullAt.set(key, fullAt);
  }

  private forget(now: number): void {
    if (this.fullAt.size <= MAX_KEYS) return;
    for (const [key, fullAt] of this.fullAt) if (fullAt <= now) this.fullAt.delete(key);
    for (const key of this.fullAt.keys()) {
      if (this.fullAt.size <= MAX_KEYS) return;
      this.fullAt.delete(key);
    }
  }
}
