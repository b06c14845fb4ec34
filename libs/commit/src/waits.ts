// When a wait of a transaction ends, and how long the others have to answer: the arithmetic of the deadline table in
// docs/commit-protocol.md, for whoever runs a core. It is given the moment and the chance instead of taking them, so that
// a simulated clock and seeded dice run the same numbers as a process does.
//
// All times are ms since the epoch, all durations ms. Safety rests on none of them.
import type { Begin, Timeouts } from '@parley/contracts';
import type { Wait } from './effects.js';

/** How long the others have to answer a fetch, ms. */
export const FETCH_MS = 1_000;

/** A wait that retries doubles with each attempt, up to 2 to this power. */
const DOUBLINGS_AT_MOST = 4;

/** What a node knows of the transaction that waits, and the time-outs to use when it knows the number only. */
export interface Waiting {
  readonly begun: Pick<Begin, 'createdAt' | 'timeouts'> | undefined;
  readonly standard: Timeouts;
}

/** The moment, and a number from 0 up to but not including 1 that nobody can foresee. */
export interface Circumstances {
  readonly now: number;
  readonly chance: number;
}

/** When this wait ends. A wait for a decision ends later the higher the rank: decision 0003. */
export function waitEndsAt(wait: Wait, { begun, standard }: Waiting, { now, chance }: Circumstances): number {
  const timeouts = begun?.timeouts ?? standard;
  switch (wait.wait) {
    case 'vote-request':
      return wait.until ?? now + timeouts.voteRequestMs;
    case 'votes':
      return (begun?.createdAt ?? now) + timeouts.voteMs;
    case 'acknowledgements':
      return now + timeouts.acknowledgementMs;
    case 'decision': {
      const marginMs = wait.margin ? timeouts.decisionMs : 0;
      return (wait.until ?? now) + marginMs + (wait.rank * timeouts.decisionMs) / 4;
    }
    case 'retry':
      return now + backOffMs(timeouts, wait.attempt, chance);
    default:
      return wait satisfies never;
  }
}

/** How long a recoverer waits before its next ballot: random, and longer with each attempt, so that one gets ahead. */
function backOffMs({ decisionMs }: Timeouts, attempt: number, chance: number): number {
  return (decisionMs / 4) * 2 ** Math.min(attempt - 1, DOUBLINGS_AT_MOST) * (0.5 + chance);
}

/** How long to wait before the others are asked for lines, after so many asks in a row that brought nothing. */
export const fetchDelayMs = (fruitless: number, standard: Timeouts, chance: number): number =>
  fruitless === 0 ? 0 : backOffMs(standard, fruitless, chance);

/** When the coordinator stops waiting for the votes on transactions that it asks for together. */
export const votesEndAt = (transactions: readonly Pick<Begin, 'createdAt' | 'timeouts'>[]): number =>
  Math.max(...transactions.map(({ createdAt, timeouts }) => createdAt + timeouts.voteMs));

/** How long the list has to answer a question for its states or a proposal: as long as the most patient transaction. */
export const answersWithinMs = (asked: 'states' | 'proposal', transactions: readonly Waiting[]): number =>
  Math.max(
    ...transactions.map(({ begun, standard }) => {
      const { decisionMs, acknowledgementMs } = begun?.timeouts ?? standard;
      return asked === 'states' ? decisionMs : acknowledgementMs;
    }),
  );
