// Ballots: the attempts to decide one transaction, totally ordered (Keidar and Dolev 1998, section 4.2, where
// `Last_Elected` and `Last_Attempt` are such numbers). Ballot 1 is the coordinator's. A later one is the pair of a
// counter, which its node has forced before it asks anybody, and the node's name, so that no two nodes share one.
import type { Ballot } from '@parley/contracts';

/** Stands for "none yet" in `lastAttempt`. */
export const NO_BALLOT: Ballot = { counter: 0, node: '' };

/** The coordinator's ballot, run once per transaction. */
export const FIRST_BALLOT: Ballot = { counter: 1, node: '' };

/** Negative, zero or positive as `a` is before, equal to or after `b`. Names are ASCII: code units compare as bytes. */
export function compareBallots(a: Ballot, b: Ballot): number {
  if (a.counter !== b.counter) return a.counter - b.counter;
  return a.node === b.node ? 0 : a.node < b.node ? -1 : 1;
}
