// Plans for fast-check. A plan is made from a seed, and a plan that fails is cut down: faults, turns of duels and proposals
// are taken out, and the network, the clocks and the voters become harmless, until nothing can be left out.
import fc from 'fast-check';
import { clientOf } from '../client.js';
import type { Duel } from '../duels.js';
import { CALM } from '../network.js';
import { COORDINATOR, planOf, tellFault, type Fault, type Plan, type PlanSize } from '../plan.js';
import { Random } from '../random.js';

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

/**
 * A plan that hangs on one promise. The coordinator's pre-commit reaches the second participant at once, the third late, and the
 * first not at all. The first runs a ballot meanwhile: the third promises it, and dies for a moment as soon as it has said so;
 * the second is asked late. If the third has forgotten its promise it accepts the pre-commit, and both ballots have a quorum.
 */
export function forgottenPromise(seed: number): Plan {
  const plan = planOf(seed, { participants: 3, transactions: 1 });
  const random = Random.seeded(seed);
  const [first = '', second = '', third = ''] = plan.participants;
  const time = { atMs: 0, forMs: 2_000 };
  const lateMs = Math.round(random.between(200, 260));
  const duel: Duel = {
    reached: [second, third],
    dies: 'telling',
    deadMs: 600,
    weather: CALM,
    slowness: 10,
    turns: [
      { forMs: 1_000, absent: [], victim: { node: third, replies: 0, deadMs: Math.round(random.between(1, 5)) } },
    ],
  };
  return {
    ...plan,
    refuses: null,
    weather: CALM,
    skewMs: {},
    timeouts: { voteRequestMs: 1_000, voteMs: lateMs + 30, acknowledgementMs: 1_000, decisionMs: 160 },
    proposals: [{ atMs: 100, book: 'main', value: 'the string', votes: 'automatic' }],
    faults: [
      { ...time, kind: 'slow-link', from: COORDINATOR, to: third, byMs: lateMs },
      { ...time, kind: 'slow-link', from: first, to: second, byMs: Math.round(random.between(30, 80)) },
      { ...time, kind: 'duel', ...duel },
    ],
  };
}

/**
 * The last of four participants is away while two strings are committed, and when it is back reaches only the first one and the
 * coordinator, which has forgotten what a majority has recorded. The first one may be broken.
 */
export function oneTeller(seed: number, broken: 'text' | 'digests' | null): Plan {
  const plan = planOf(seed, { participants: 4, transactions: 2 });
  const [first = '', second = '', third = '', last = ''] = plan.participants;
  const unreached = { kind: 'one-way', from: last, atMs: 3_000, forMs: 3_000 } as const;
  return {
    ...plan,
    refuses: null,
    weather: CALM,
    skewMs: {},
    lateReplies: false,
    proposals: [1, 2].map((it) => {
      return { atMs: 3_400 + 100 * it, book: 'main', value: `string ${String(it)}`, votes: 'automatic' };
    }),
    faults: [
      { kind: 'crash', node: last, atMs: 100, forMs: 4_900 },
      { ...unreached, to: second },
      { ...unreached, to: third },
      ...(broken ? [{ kind: 'wrong-lines', node: first, with: broken, atMs: 0, forMs: 6_000 } as const] : []),
    ],
  };
}

/**
 * The client of the first string hears no answer, and proposes it again and again. Meanwhile more strings make the coordinator
 * cut its journal, which has forgotten the first one by then but for its key, and it restarts.
 */
export function unansweredProposal(seed: number): Plan {
  const plan = planOf(seed, { participants: 3, transactions: 1 });
  return {
    ...plan,
    refuses: null,
    weather: CALM,
    skewMs: {},
    snapshotEvery: 6,
    proposals: Array.from({ length: 20 }, (_, index) => {
      return { atMs: 500 + 150 * index, book: 'main', value: `string ${String(index + 1)}`, votes: 'automatic' };
    }),
    faults: [
      { kind: 'one-way', from: COORDINATOR, to: clientOf('string 1'), atMs: 0, forMs: 5_500 },
      { kind: 'crash', node: COORDINATOR, atMs: 4_500, forMs: 100 },
    ],
  };
}
