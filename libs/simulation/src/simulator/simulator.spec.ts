// Seeded runs of a whole system, with everything that can go wrong going wrong: see history.ts for what holds after every
// step, and simulate.ts for what holds after the healing. A run that fails is cut down and printed with its seed.
import { describe, expect, it } from '@jest/globals';
import type { DecisionRule } from '@parley/contracts';
import fc from 'fast-check';
import { addCounts, faultKinds, noCounts } from './counts.js';
import { planOf, type Plan } from './plan.js';
import { simulate } from './simulate.js';
import { plans, tellFailure } from './testing/plans.js';

const RUNS = { e3pc: 1_500, '2pc': 300 } as const;

const e3pcRules: readonly DecisionRule[] = [
  ...(['quorum-acknowledged', 'vote-no', 'vote-deadline', 'recovery-found-aborted'] as const),
  ...(['recovery-found-committed', 'recovery-quorum-pre-commit', 'recovery-quorum-pre-abort'] as const),
];

describe('a simulated system', () => {
  it('keeps every promise in thousands of runs of e3pc, and comes to rest after each', () => {
    const counts = noCounts();
    const rules = new Map<DecisionRule, number>();
    const reached = { committed: 0, aborted: 0, mostInFlight: 0 };
    const found = fc.check(
      fc.property(plans(), (plan) => {
        const report = simulate(plan);
        addCounts(counts, report.counts);
        for (const [rule, times] of report.rules) rules.set(rule, (rules.get(rule) ?? 0) + times);
        reached.committed += report.committed;
        reached.aborted += report.aborted;
        reached.mostInFlight = Math.max(reached.mostInFlight, report.mostInFlight);
      }),
      { seed: 20_261_121, numRuns: RUNS.e3pc },
    );
    expect(tellFailure(found)).toBe(`no run of ${String(RUNS.e3pc)} fails`);
    // What a run has not suffered, it has not shown to be harmless.
    expect(faultKinds.filter((kind) => counts[kind] === 0)).toEqual([]);
    expect(e3pcRules.filter((rule) => !rules.has(rule))).toEqual([]);
    expect(reached.committed).toBeGreaterThan(RUNS.e3pc);
    expect(reached.aborted).toBeGreaterThan(RUNS.e3pc);
    expect(reached.mostInFlight).toBeGreaterThanOrEqual(30);
  });

  it('is safe with 2pc, which is blocked only as long as its coordinator is away', () => {
    const run = fc.property(plans({ protocol: '2pc' }), (plan) => void simulate(plan));
    const found = fc.check(run, { seed: 1978, numRuns: RUNS['2pc'] });
    expect(tellFailure(found)).toBe(`no run of ${String(RUNS['2pc'])} fails`);
  });

  it('disagrees with 3pc in a run in which e3pc agrees: a partition is all that it takes', () => {
    const partitioned = (seed: number): Plan[] => {
      const plan = planOf(seed, { protocol: '3pc', participants: 3, transactions: 40 });
      const faults = plan.faults.filter(({ kind }) => kind === 'partition');
      return faults.length === 0 ? [] : [{ ...plan, faults, refuses: null }];
    };
    const disagrees = (plan: Plan): boolean => {
      try {
        simulate(plan);
        return false;
      } catch (error) {
        return String(error).includes('agreement');
      }
    };
    const found = Array.from({ length: 200 }, (_, seed) => partitioned(seed))
      .flat()
      .find(disagrees);
    expect(found).toBeDefined();
    expect(disagrees({ ...found!, protocol: 'e3pc' })).toBe(false);
  });

  it('makes the same run of the same seed, line by line, and another of another', () => {
    const story = (seed: number): string => {
      const lines: string[] = [];
      simulate(planOf(seed), {}, (line) => lines.push(line));
      return lines.join('\n');
    };
    for (const seed of [1, 2, 3, 4, 5, 6]) {
      const first = story(seed);
      expect(first.length).toBeGreaterThan(1_000);
      expect(story(seed) === first).toBe(true);
    }
    expect(story(1) === story(2)).toBe(false);
  });
});
