// Duels of recoveries: what a plan does to a transaction so that several nodes run ballots about it, against each other and
// against the coordinator's.
import { CALM, type Weather } from './network.js';
import type { Plan, PlannedProposal } from './plan.js';
import type { Timeouts } from '@parley/contracts';
import type { Random } from './random.js';

/** How many transactions a plan of duels has. */
const ROUNDS = 11;

/** A third of those of other plans. */
const TIMEOUTS: Timeouts = { voteRequestMs: 300, voteMs: 80, acknowledgementMs: 120, decisionMs: 60 };

/**
 * A duel of recoveries. It begins when the coordinator next sends a pre-commit: that reaches only some, the coordinator
 * dies, and then, turn by turn, now these and now those can talk to each other, and some of them crash.
 */
export interface Duel {
  readonly reached: readonly string[];
  /** Whether the coordinator dies as soon as the pre-commit is sent, or when it tells its decision, which nobody hears. */
  readonly dies: 'at once' | 'telling';
  readonly deadMs: number;
  readonly weather: Weather;
  readonly slowness: number;
  readonly turns: readonly Turn[];
}
export interface Turn {
  readonly forMs: number;
  /** Cut off from all others for this turn. */
  readonly absent: readonly string[];
  /** Dies after so many more of its answers in this turn, for a short time. */
  readonly victim: { readonly node: string; readonly replies: number; readonly deadMs: number } | null;
}

/** One transaction after the other, and a duel of recoveries about each. */
export function duels(
  random: Random,
  names: readonly string[],
  withinMs: number,
): Pick<Plan, 'refuses' | 'weather' | 'timeouts' | 'lateReplies' | 'proposals' | 'faults'> {
  const roundMs = (withinMs - 300) / ROUNDS;
  const rounds = Array.from({ length: ROUNDS }, (_, index) => Math.round(100 + index * roundMs));
  return {
    refuses: null,
    weather: CALM,
    timeouts: TIMEOUTS,
    lateReplies: random.chance(0.5),
    proposals: rounds.map((atMs, index): PlannedProposal => {
      return { atMs, book: 'main', value: `string ${String(index + 1)}`, votes: 'automatic' };
    }),
    faults: rounds.map((atMs) => ({ atMs, forMs: Math.round(0.85 * roundMs), kind: 'duel', ...duelOf(random, names) })),
  };
}

function duelOf(random: Random, names: readonly string[]): Duel {
  const absence = random.pick([0, 0.5, 0.9]);
  const danger = random.pick([0, 0.3, 0.8]);
  const turns = Array.from({ length: 2 + random.below(10) }, (): Turn => {
    const absent = [random.pick(names), ...(names.length > 3 ? [random.pick(names)] : [])];
    const victim = { node: random.pick(names), replies: random.below(3), deadMs: Math.round(random.between(1, 30)) };
    return {
      forMs: Math.round(random.pick([15, 40, 100]) * random.between(0.5, 1.5)),
      absent: random.chance(absence) ? absent : [],
      victim: random.chance(danger) ? victim : null,
    };
  });
  return {
    reached: names.filter(() => random.chance(0.5)),
    dies: random.pick(['at once', 'telling']),
    deadMs: Math.round(random.pick([50, 400])),
    weather: {
      leastMs: 0.5,
      mostMs: random.pick([3, 10, 30]),
      loss: random.pick([0, 0.1, 0.3]),
      duplication: random.pick([0, 0.3]),
      late: random.pick([0, 0.1, 0.3]),
      lateMs: 120,
    },
    slowness: random.pick([1, 4, 10]),
    turns,
  };
}
