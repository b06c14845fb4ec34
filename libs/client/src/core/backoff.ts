// When to try again: "full jitter" of M. Brooker, "Exponential Backoff and Jitter" (AWS Architecture Blog, 2015). A gateway
// that dies lets a thousand clients go at once; each comes back at a moment of its own within a bound that doubles.

/** Bound of the first wait, and of the longest, in milliseconds. A guest's name is kept for longer than the longest. */
const FIRST_MS = 250;
const LONGEST_MS = 10_000;

/**
 * How long to wait before the next try, in milliseconds.
 * @param rounds how many times all servers were tried in vain
 * @param chance at random, at least 0 and below 1
 */
export const fullJitterMs = (rounds: number, chance: number): number =>
  Math.floor(chance * Math.min(LONGEST_MS, FIRST_MS * 2 ** rounds));
