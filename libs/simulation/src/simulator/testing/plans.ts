// Plans for fast-check. A plan is made from a seed, and a plan that fails is cut down: faults, turns of duels and proposals
// are taken out, and the network, the clocks and the voters become harmless, until nothing can be left out.
import fc from 'fast-check';
import { CALM, planOf, tellFault, type Fault, type Plan, type PlanSize } from '../plan.js';

class Plans extends fc.Arbitrary<Plan> {
  constructor(private readonly size: PlanSize) {
    super();
  }

  generate(random: fc.Random): fc.Value<Plan> {
    return new fc.Value(planOf(random.nextInt(0, 0x7fff_ffff), this.size), undefined);
  }

  canShrinkWithoutContext(value: unknown): value is Plan {
    return value !== undefined;
  }

  shrink(plan: Plan): fc.Stream<fc.Value<Plan>> {
    return new fc.Stream(smaller(plan)).map((less) => new fc.Value(less, undefined));
  }
}

export const plans = (size: PlanSize = {}): fc.Arbitrary<Plan> => new Plans(size);

function* smaller(plan: Plan): Generator<Plan> {
  for (const faults of parts(plan.faults)) yield { ...plan, faults };
  for (const proposals of parts(plan.proposals)) yield { ...plan, proposals };
  for (const [index, fault] of plan.faults.entries())
    for (const less of shorter(fault)) yield { ...plan, faults: plan.faults.with(index, less) };
  if (plan.weather !== CALM) yield { ...plan, weather: CALM };
  if (plan.lateReplies) yield { ...plan, lateReplies: false };
  if (plan.refuses !== null) yield { ...plan, refuses: null };
  if (Object.keys(plan.skewMs).length > 0) yield { ...plan, skewMs: {} };
}

function* shorter(fault: Fault): Generator<Fault> {
  if (fault.kind !== 'duel') return;
  for (const turns of parts(fault.turns)) yield { ...fault, turns };
  if (fault.weather !== CALM) yield { ...fault, weather: CALM };
  if (fault.slowness !== 1) yield { ...fault, slowness: 1 };
}

/** Without one half, without the other, and then without each one. */
function* parts<T>(all: readonly T[]): Generator<readonly T[]> {
  const half = Math.ceil(all.length / 2);
  if (all.length > 2) {
    yield all.slice(0, half);
    yield all.slice(half);
  }
  for (const index of all.keys()) yield all.toSpliced(index, 1);
}

/** What a person needs who has to find out why a plan fails: how to see it, and what of it is needed. */
export function tellFailure({ counterexample, errorInstance, numRuns, numShrinks }: fc.RunDetails<[Plan]>): string {
  const plan = counterexample?.[0];
  if (plan === undefined) return `no run of ${String(numRuns)} fails`;
  const { seed, participants, proposals, faults } = plan;
  return [
    String(errorInstance),
    `The whole run: npm run simulate -- --seed ${String(seed)} --protocol ${plan.protocol} --story`,
    `What is left of it after ${String(numShrinks)} cuts, with ${String(participants.length)} participants:`,
    ...proposals.map(({ value, book, atMs }) => `  proposal of "${value}" for ${book} at ${String(atMs)} ms`),
    ...faults.map((fault) => `  ${tellFault(fault)}`),
    '',
  ].join('\n');
}
