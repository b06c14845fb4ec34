// The deadline table of docs/commit-protocol.md.
import { describe, expect, it } from '@jest/globals';
import type { Timeouts } from '@parley/contracts';
import type { Wait } from './effects.js';
import { answersWithinMs, fetchDelayMs, votesEndAt, waitEndsAt } from './waits.js';

const place = { book: 'main', number: 7 };
const standard: Timeouts = { voteRequestMs: 10_000, voteMs: 5_000, acknowledgementMs: 5_000, decisionMs: 2_000 };
const begun = { createdAt: 900, timeouts: { voteRequestMs: 80, voteMs: 50, acknowledgementMs: 60, decisionMs: 40 } };
const decision = { type: 'wait', wait: 'decision', place, until: 1_000, margin: true, rank: 0 } as const;

const endsAt = (wait: Wait, known: typeof begun | null = begun, chance = 0): number =>
  waitEndsAt(wait, { begun: known ?? undefined, standard }, { now: 10_000, chance });

describe('a wait ends', () => {
  it('for a vote request and for acknowledgements from now, for votes from the proposal', () => {
    expect(endsAt({ type: 'wait', wait: 'vote-request', place, until: null })).toBe(10_080);
    expect(endsAt({ type: 'wait', wait: 'vote-request', place, until: 70_000 })).toBe(70_000);
    expect(endsAt({ type: 'wait', wait: 'acknowledgements', place })).toBe(10_060);
    expect(endsAt({ type: 'wait', wait: 'votes', place })).toBe(950);
  });

  it('for a decision a margin after the asking node’s deadline, and a quarter of it later with each rank', () => {
    expect([0, 1, 2].map((rank) => endsAt({ ...decision, rank }))).toEqual([1_040, 1_050, 1_060]);
    expect(endsAt({ ...decision, rank: 2, margin: false })).toBe(1_020);
    expect(endsAt({ ...decision, until: null })).toBe(10_040);
  });

  it('before the next ballot after a random time that doubles with each attempt, up to sixteenfold', () => {
    const retry = (attempt: number, chance: number): number =>
      endsAt({ type: 'wait', wait: 'retry', place, attempt }, begun, chance) - 10_000;
    expect([1, 2, 3, 4, 5, 6, 60].map((attempt) => retry(attempt, 0.5))).toEqual([10, 20, 40, 80, 160, 160, 160]);
    expect([retry(1, 0), retry(1, 0.75)]).toEqual([5, 12.5]);
  });

  it('by the standard time-outs when only the number is known', () => {
    expect(endsAt(decision, null)).toBe(3_000);
    expect(endsAt({ type: 'wait', wait: 'votes', place }, null)).toBe(15_000);
  });
});

describe('a request', () => {
  const known = { begun, standard };
  const unknown = { begun: undefined, standard };

  it('for many transactions ends with the most patient of them', () => {
    expect(votesEndAt([begun, { ...begun, createdAt: 930 }])).toBe(980);
    expect(answersWithinMs('states', [known])).toBe(40);
    expect(answersWithinMs('proposal', [known, unknown])).toBe(5_000);
  });

  it('for lines is made at once, and after asks that brought nothing ever later', () => {
    expect([0, 1, 2, 3].map((fruitless) => fetchDelayMs(fruitless, standard, 0.5))).toEqual([0, 500, 1_000, 2_000]);
  });
});
