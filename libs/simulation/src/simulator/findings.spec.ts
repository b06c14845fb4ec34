// What a simulation that finds nothing is worth is shown by what it does find. Each mutant replaces one sentence of the
// protocol; each dishonest disk, which kill -9 of a process cannot show, reports a record as forced when a crash can still
// take it; and one outbox lets through what must wait.
import { describe, expect, it } from '@jest/globals';
import { Outbox, e3pcRules, type AppendRecord, type CommitRecord, type E3pcRules, type Effect } from '@parley/commit';
import { Violation } from './history.js';
import { planOf } from './plan.js';
import { simulate } from './simulate.js';
import type { Variant } from './surroundings.js';
import { forgottenPromise, oneTeller, unansweredProposal } from './testing/plans.js';

/** Most runs until one is found; nearly all are found within some hundred. */
const RUNS_AT_MOST = 20_000;

/** Runs duels of recoveries, or plans without any, seed by seed, until one breaks an invariant. */
function firstFailure(variant: Variant, { participants = 3, from = 1, duels = true } = {}): Violation {
  for (let seed = from; seed < from + RUNS_AT_MOST; seed += 1)
    try {
      simulate(planOf(seed, { duels, participants }), variant);
    } catch (error) {
      if (error instanceof Violation) return error;
      throw error;
    }
  throw new Error(`${String(RUNS_AT_MOST)} runs from seed ${String(from)} on find nothing`);
}

describe('the simulation finds a disagreement', () => {
  const half = (size: number): number => Math.ceil(size / 2);
  const mutants: readonly {
    readonly name: string;
    readonly participants?: number;
    readonly from?: number;
    readonly rule: Partial<E3pcRules>;
  }[] = [
    { name: 'when one of three is a quorum', rule: { quorum: () => 1 } },
    {
      name: 'when two of four are a quorum',
      participants: 4,
      rule: { quorum: half, mayPropose: (answers, size) => answers >= half(size) },
    },
    { name: 'when fewer answers than a quorum propose', rule: { mayPropose: () => true } },
    {
      name: 'when "any answer is pre-commit" stands for "all with the greatest lastAttempt"',
      participants: 3,
      rule: {
        proposalFor: (answers) => (answers.some(({ state }) => state === 'pre-commit') ? 'pre-commit' : 'pre-abort'),
      },
    },
    { name: 'when a proposal of any ballot is accepted', rule: { mayAccept: () => true } },
    { name: 'when a lower ballot is promised after a higher one', from: 200, rule: { mayElect: () => true } },
  ];

  for (const { name, rule, ...where } of mutants)
    it(name, () => {
      expect(firstFailure({ rules: { ...e3pcRules, ...rule } }, where).invariant).toBe('agreement');
    });
});

describe('the simulation finds a disk that reports too early that it has forced', () => {
  const lying = (kind: CommitRecord['kind']): Variant => ({ lies: (record) => record.kind === kind });

  it('a yes: what all have agreed to, one has forgotten', () => {
    expect(firstFailure(lying('voted-yes')).invariant).toBe('validity');
  });

  it('a pre-commit: the quorum that has decided is none any more', () => {
    expect(firstFailure(lying('accepted')).invariant).toBe('agreement');
  });

  it('a promise: who has forgotten it accepts what it has promised to refuse', () => {
    const seeds = Array.from({ length: 20 }, (_, index) => index + 1);
    const broken = (variant: Variant): string[] =>
      seeds.flatMap((seed) => {
        try {
          simulate(forgottenPromise(seed), variant);
          return [];
        } catch (error) {
          return error instanceof Violation ? [error.invariant] : [String(error)];
        }
      });
    const found = broken(lying('elected'));
    expect(found.length).toBeGreaterThan(0);
    expect(new Set(found)).toEqual(new Set(['agreement']));
    expect(broken({})).toEqual([]);
  });

  it('a decision: a line that was shown is gone', () => {
    expect(firstFailure(lying('decided')).invariant).toBe('lines in order');
  });
});

describe('the simulation finds a snapshot', () => {
  const leavingOut = (...kinds: CommitRecord['kind'][]): Variant => ({
    snapshotWithout: ({ kind }) => kinds.includes(kind),
  });

  it('that is taken before the ledgers are forced: the journal has forgotten lines that the disk has lost', () => {
    expect(firstFailure({ ledgersUnforced: true }).invariant).toBe('lines in order');
  });

  it('that leaves out what is open: who has promised has forgotten it', () => {
    const open = leavingOut('voted-yes', 'elected', 'accepted', 'aborted-alone');
    expect(firstFailure(open).invariant).toBe('a node contradicts itself');
  });

  it('that leaves out which numbers are given: the coordinator would give them twice', () => {
    const found = firstFailure(leavingOut('numbered'), { from: 130, duels: false });
    expect(found.message).toMatch(/this coordinator has not given that number/);
  });

  it('that leaves out the keys of proposals: a repeated one would begin another transaction', () => {
    expect(() => simulate(unansweredProposal(1), leavingOut('used-key'))).toThrow(/^one transaction for one key: /);
    expect(simulate(unansweredProposal(1)).counts.proposalsRepeated).toBeGreaterThan(0);
  });
});

it('the simulation finds a participant that takes lines on the word of the one that tells them', () => {
  const credulous = { rules: { ...e3pcRules, isConfirmedByTellers: () => true } };
  for (const broken of ['text', 'digests'] as const) {
    expect(() => simulate(oneTeller(1, broken), credulous)).toThrow(/^equal ledgers: /);
    expect(simulate(oneTeller(1, broken)).counts).toMatchObject({ linesProvenByDigests: 0 });
  }
  expect(simulate(oneTeller(1, null)).counts.linesProvenByDigests).toBeGreaterThan(0);
});

it('the simulation finds an outbox that holds nothing back', () => {
  class Hasty extends Outbox {
    override take(effects: readonly Effect[], append: AppendRecord): Effect[] {
      return super.take(
        effects.map((effect) => (effect.type === 'append' ? { ...effect, lazy: true } : effect)),
        append,
      );
    }
  }
  expect(firstFailure({ outbox: () => new Hasty() })).toBeInstanceOf(Violation);
});
