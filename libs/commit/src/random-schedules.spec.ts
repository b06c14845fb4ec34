// Agreement, validity and equal ledgers after every step of random schedules, and rest after them. That the checker finds
// what is wrong is shown with rules that are: each mutant replaces one sentence of the protocol.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { e3pcRules, type E3pcRules } from './rules.js';
import { heal } from './testing/healing.js';
import { Violation } from './testing/history.js';
import { runSchedule, type Schedule } from './testing/schedule.js';

/** Runs with right rules, for each number of participants. */
const RUNS = 600;
/** Most runs with a wrong rule; most are found within some hundred. */
const RUNS_OF_A_MUTANT = 20_000;

const choices = fc.array(fc.nat(), { minLength: 40, maxLength: 260, size: 'max' });

const schedules = (participants: number): fc.Arbitrary<Schedule> =>
  fc.record({
    participants: fc.constant(participants),
    transactions: fc.integer({ min: 1, max: 5 }),
    weather: fc.constantFrom('calm', 'rough', 'duel'),
    lossOfJournal: fc.boolean(),
    refuse: fc.oneof(
      { weight: 5, arbitrary: fc.constant([]) },
      { weight: 1, arbitrary: fc.constant(['participant-2']) },
    ),
    choices,
  });

describe('random schedules of messages, crashes, forced writes and deadlines', () => {
  for (const participants of [3, 4])
    it(`keep every invariant and come to rest, with ${String(participants)} participants`, () => {
      const reached = { committed: 0, aborted: 0 };
      fc.assert(
        fc.property(schedules(participants), (schedule) => {
          const cluster = runSchedule(schedule);
          for (const outcome of ['committed', 'aborted'] as const) reached[outcome] += cluster.history.count(outcome);
          heal(cluster, { mayCommit: schedule.refuse?.length === 0 });
        }),
        { seed: 20_261_121, numRuns: RUNS },
      );
      expect(reached.committed).toBeGreaterThan(RUNS / 4);
      expect(reached.aborted).toBeGreaterThan(RUNS / 4);
    });
});

describe('the checker finds a disagreement within a few thousand random schedules', () => {
  const half = (size: number): number => Math.ceil(size / 2);
  const mutants: readonly {
    readonly name: string;
    readonly participants: number;
    readonly rule: Partial<E3pcRules>;
  }[] = [
    { name: 'when one of three is a quorum', participants: 3, rule: { quorum: () => 1 } },
    {
      name: 'when two of four are a quorum',
      participants: 4,
      rule: { quorum: half, mayPropose: (answers, size) => answers >= half(size) },
    },
    {
      name: 'when fewer answers than a quorum are enough to propose',
      participants: 3,
      rule: { mayPropose: () => true },
    },
    {
      name: 'when "any answer is pre-commit" stands for "all with the greatest lastAttempt"',
      participants: 3,
      rule: {
        proposalFor: (answers) => (answers.some(({ state }) => state === 'pre-commit') ? 'pre-commit' : 'pre-abort'),
      },
    },
    { name: 'when a proposal of any ballot is accepted', participants: 3, rule: { mayAccept: () => true } },
    { name: 'when a lower ballot is promised after a higher one', participants: 3, rule: { mayElect: () => true } },
  ];

  for (const { name, participants, rule } of mutants)
    it(name, () => {
      const found = fc.check(
        fc.property(choices, (chosen) => {
          runSchedule({
            participants,
            transactions: 0,
            weather: 'duel',
            lossOfJournal: false,
            choices: chosen,
            rules: { ...e3pcRules, ...rule },
          });
        }),
        { seed: 7, numRuns: RUNS_OF_A_MUTANT, endOnFailure: true },
      );
      expect(found.errorInstance).toBeInstanceOf(Violation);
      expect(found.errorInstance).toMatchObject({ invariant: 'agreement' });
    });
});
