// The production core, in every interleaving within a bound. The number of states is asserted: it changes only when the core
// or the explorer does something else than before, and the commit that changes it says why.
import { describe, expect, it } from '@jest/globals';
import { explore } from './explore.js';
import { production } from './conduct.js';
import { broken } from './mutants.js';
import { unsoundReductions } from './reductions.js';
import { setupOf, type Bound, type Setup } from './setup.js';

interface Counted {
  readonly what: string;
  readonly bound: Partial<Bound>;
  readonly states: number;
}

const bounds: readonly Counted[] = [
  { what: 'two participants, a recovery ballot', bound: { participants: 2, ballots: 2 }, states: 313 },
  { what: 'three participants, the first ballot', bound: { participants: 3, ballots: 1 }, states: 181 },
  { what: 'three participants, a recovery ballot', bound: { participants: 3, ballots: 2 }, states: 3_430 },
  {
    what: 'two participants, two crashes, a record unforced',
    bound: { participants: 2, ballots: 1, crashes: 2, unforced: 1 },
    states: 1_159,
  },
  {
    what: 'three participants, a recovery ballot, a crash',
    bound: { participants: 3, ballots: 2, crashes: 1 },
    states: 11_964,
  },
  {
    what: 'three participants, a recovery ballot, a lost journal',
    bound: { participants: 3, ballots: 2, losses: 1 },
    states: 18_010,
  },
  {
    what: 'two numbers, of which the second leaves a participant out',
    bound: { participants: 2, ballots: 1, lists: [['p1', 'p2'], ['p1']] },
    states: 7_073,
  },
];

/** Two numbers of one book: which lists they have, and whether lines are fetched. */
const pairs: readonly Counted[] = [
  {
    what: 'the second leaves a participant out; a recovery ballot',
    bound: { participants: 2, ballots: 2, lists: [['p1', 'p2'], ['p1']] },
    states: 87_267,
  },
  {
    what: 'the second leaves a participant out; anybody crashes once',
    bound: { participants: 2, ballots: 1, crashes: 1, lists: [['p1', 'p2'], ['p1']] },
    states: 30_564,
  },
  {
    what: 'the second has a new member, which fetches the first line',
    bound: { participants: 2, ballots: 1, lists: [['p1'], ['p1', 'p2']], fetching: true },
    states: 111_945,
  },
];

/** One node tells of its lines what its disk has made of them: nobody takes it from it alone. */
const oneIsBroken: Partial<Setup> = {
  ...{ participants: 3, ballots: 1, lists: [['p1', 'p2']], fetching: true },
  conduct: { ...production, tells: broken('p1') },
};

const e3pcHolds = { violation: undefined, isComplete: true, reached: { committed: true, aborted: true }, reports: [] };

describe('e3pc, explored: agreement and validity in every state, commit and abort both reached', () => {
  it.each(bounds)('$what: $states states', ({ bound, states }) => {
    const found = explore(setupOf(bound));
    expect(found).toMatchObject({ ...e3pcHolds, states });
    expect(unsoundReductions(found.catalogue)).toEqual([]);
  });

  it('three participants, two recovery ballots: 157,887 states', () => {
    expect(explore(setupOf({ participants: 3, ballots: 3 }))).toMatchObject({ ...e3pcHolds, states: 157_887 });
  }, 300_000);

  it('two participants, a recovery ballot, a crash, two records on their way to the disk at once: 12,342 states', () => {
    const found = explore(setupOf({ participants: 2, ballots: 2, crashes: 1, crashing: ['p2'], unforced: 2 }));
    expect(found).toMatchObject({ ...e3pcHolds, states: 12_342 });
    expect(Math.max(...found.catalogue.nodes.map(({ node }) => node.pending))).toBe(2);
  });
});

it('a line that one node tells otherwise is not taken by who fetches it, and is had from the others: 10,014 states', () => {
  expect(explore(setupOf(oneIsBroken))).toMatchObject({ ...e3pcHolds, states: 10_014 });
});

describe('two numbers of one book, explored: lines in order and equal also where the second is decided first', () => {
  it.each(pairs)(
    '$what: $states states',
    ({ bound, states }) => {
      const found = explore(setupOf(bound));
      expect(found).toMatchObject({ ...e3pcHolds, reached: { committed: true, aborted: true, hole: true }, states });
    },
    300_000,
  );
});
