// What happens to a simulated system from outside: what clients propose, which faults strike and when, how the network is.
// A plan is data and comes from a seed alone, so that a seed tells a run, and a run that fails can be cut down fault by
// fault until nothing can be taken away.
import type { ProtocolName, Timeouts, Voting } from '@parley/contracts';
import { duels, type Duel } from './duels.js';
import type { Weather } from './network.js';
import { Random } from './random.js';

/** Faults strike and proposals come within this time, ms; then everything is healed. */
export const TROUBLE_MS = 6_000;

/** How many of the plans are duels of recoveries. */
const DUELS = 0.4;

/** Short, so that much happens; in about the proportions of production. */
const TIMEOUTS: Timeouts = { voteRequestMs: 800, voteMs: 400, acknowledgementMs: 400, decisionMs: 160 };

/** By how much clocks are wrong at most as long as they are right, ms: less than the margin of the deadlines. */
const SKEW_MS = 60;

/** After how many records journals are cut. */
const SNAPSHOTS = [null, 6, 15, 40];

export const COORDINATOR = 'coordinator';

export interface PlannedProposal {
  readonly atMs: number;
  readonly book: string;
  readonly value: string;
  readonly votes: Voting;
}

/** A fault begins at its moment and ends after a time, or when everything is healed. */
export type Fault = { readonly atMs: number; readonly forMs: number } & (
  | { readonly kind: 'crash'; readonly node: string }
  /** A crash right after so many more effects of the node, wherever in a step that is. */
  | { readonly kind: 'ambush'; readonly node: string; readonly effects: number }
  | { readonly kind: 'power-failure' }
  | { readonly kind: 'freeze'; readonly node: string }
  /** These nodes on one side, all others on the other one. */
  | { readonly kind: 'partition'; readonly side: readonly string[] }
  | { readonly kind: 'one-way'; readonly from: string; readonly to: string }
  /** What is sent from one to the other takes so much longer, and arrives. */
  | { readonly kind: 'slow-link'; readonly from: string; readonly to: string; readonly byMs: number }
  | { readonly kind: 'storm'; readonly weather: Weather }
  | { readonly kind: 'slow-disk'; readonly node: string; readonly times: number }
  | { readonly kind: 'full-disk'; readonly node: string }
  | { readonly kind: 'lost-folder'; readonly node: string }
  /** What it tells of its lines to who fetches them is not what was decided: its text, or also the digests over it. */
  | { readonly kind: 'wrong-lines'; readonly node: string; readonly with: 'text' | 'digests' }
  /** An operator makes it leave, deletes its folder as soon as it has left, and starts it again with an empty one. */
  | { readonly kind: 'leave'; readonly node: string }
  | { readonly kind: 'clock'; readonly node: string; readonly byMs: number }
  | ({ readonly kind: 'duel' } & Duel)
);
type FaultKind = Exclude<Fault['kind'], 'duel'>;

export interface Plan {
  readonly seed: number;
  readonly protocol: ProtocolName;
  /** Names, in the order of ranks. */
  readonly participants: readonly string[];
  /** A participant that votes no as long as there is trouble. */
  readonly refuses: string | null;
  readonly weather: Weather;
  readonly timeouts: Timeouts;
  readonly lateReplies: boolean;
  /** After how many records each journal is cut; null: never. */
  readonly snapshotEvery: number | null;
  /** By how much each node's clock is ahead, ms. */
  readonly skewMs: Readonly<Record<string, number>>;
  readonly proposals: readonly PlannedProposal[];
  readonly faults: readonly Fault[];
}

/** What is asked of a plan instead of left to its seed. */
export interface PlanSize {
  readonly protocol?: ProtocolName;
  /** Only duels of recoveries, or none. */
  readonly duels?: boolean;
  readonly participants?: number;
  readonly transactions?: number;
}

const LOTS: readonly (readonly [FaultKind, number])[] = [
  ['crash', 6],
  ['ambush', 8],
  ['power-failure', 1],
  ['freeze', 3],
  ['partition', 5],
  ['one-way', 3],
  ['slow-link', 3],
  ['storm', 2],
  ['slow-disk', 3],
  ['full-disk', 1],
  ['lost-folder', 1],
  ['wrong-lines', 4],
  ['leave', 2],
  ['clock', 2],
];
const KINDS = LOTS.flatMap(([kind, times]) => Array<FaultKind>(times).fill(kind));

const BOOKS = ['main', 'main', 'main', 'aside', 'council'];
/** In this book people vote. */
const votesIn = (book: string): Voting => (book === 'council' ? 'manual' : 'automatic');

export function planOf(seed: number, size: PlanSize = {}): Plan {
  const random = Random.seeded(seed);
  const names = Array.from({ length: size.participants ?? random.pick([3, 3, 3, 4, 5]) }, (_, index) => {
    return `participant-${String(index + 1)}`;
  });
  const skewMs = Object.fromEntries(
    [COORDINATOR, ...names].map((node) => [node, Math.round(random.between(-SKEW_MS, SKEW_MS))]),
  );
  // Not of the plan's own chance: the same seed tells the same run with snapshots and without.
  const snapshotEvery = Random.seeded(~seed).pick(SNAPSHOTS);
  const common = { seed, protocol: size.protocol ?? 'e3pc', participants: names, skewMs, snapshotEvery };
  const isDuel = size.duels ?? (size.transactions === undefined && random.chance(DUELS));
  if (isDuel) return { ...common, ...duels(random, names, TROUBLE_MS) };
  const transactions = size.transactions ?? random.pick([2, 2, 4, 4, 8, 8, 16, 40]);
  return {
    ...common,
    refuses: random.chance(0.15) ? random.pick(names) : null,
    weather: fairWeather(random),
    timeouts: TIMEOUTS,
    lateReplies: random.chance(0.5),
    proposals: proposalsOf(random.fork(), transactions),
    faults: faultsOf(random.fork(), names),
  };
}

const fairWeather = (random: Random): Weather => ({
  leastMs: 0.5,
  mostMs: random.pick([3, 15, 60]),
  loss: random.pick([0, 0, 0.01, 0.05]),
  duplication: random.pick([0, 0.02, 0.1]),
  late: random.pick([0, 0, 0.02]),
  lateMs: 8_000,
});

const stormOf = (random: Random): Weather => ({
  leastMs: 1,
  mostMs: random.pick([100, 500]),
  loss: random.pick([0.2, 0.5]),
  duplication: 0.2,
  late: 0.1,
  lateMs: 8_000,
});

/** In bursts, so that many are in flight at once. */
function proposalsOf(random: Random, transactions: number): PlannedProposal[] {
  const bursts = Array.from({ length: 1 + random.below(4) }, () => random.between(100, TROUBLE_MS - 1_000));
  return Array.from({ length: transactions }, (_, index) => {
    const book = random.pick(BOOKS);
    return {
      atMs: Math.round(random.pick(bursts) + random.between(0, 60)),
      book,
      value: `string ${String(index + 1)}`,
      votes: votesIn(book),
    };
  }).sort((a, b) => a.atMs - b.atMs);
}

function faultsOf(random: Random, names: readonly string[]): Fault[] {
  const count = random.pick([0, 2, 4, 8, 12]);
  const faults = Array.from({ length: count }, () => faultOf(random, random.pick(KINDS), names));
  // Of the smallest lists one member may be replaced for ever, no more, and nobody may leave them.
  const first = (kind: Fault['kind']): number => faults.findIndex((fault) => fault.kind === kind);
  const [lost, leave] = [first('lost-folder'), names.length > 3 ? first('leave') : -1];
  const isTooMuch = (kind: Fault['kind'], index: number): boolean =>
    (kind === 'lost-folder' && index !== lost) || (kind === 'leave' && index !== leave);
  return faults.filter(({ kind }, index) => !isTooMuch(kind, index)).sort((a, b) => a.atMs - b.atMs);
}

function faultOf(random: Random, kind: FaultKind, names: readonly string[]): Fault {
  const atMs = Math.round(random.between(50, TROUBLE_MS - 500));
  const forMs = Math.round(random.pick([20, 200, 1_000, 3_000]) * random.between(0.5, 1.5));
  const time = { atMs, forMs };
  const nodes = [COORDINATOR, ...names];
  const node = random.chance(0.4) ? COORDINATOR : random.pick(names);
  switch (kind) {
    case 'power-failure':
      return { ...time, kind };
    case 'ambush':
      return { ...time, kind, node, effects: random.below(12) };
    case 'partition': {
      const side = nodes.filter(() => random.chance(0.4));
      return { ...time, kind, side: side.length === 0 ? [random.pick(nodes)] : side };
    }
    case 'one-way': {
      const from = random.pick(nodes);
      return { ...time, kind, from, to: random.pick(nodes.filter((name) => name !== from)) };
    }
    case 'slow-link':
      return { ...time, kind, from: random.pick(nodes), to: random.pick(nodes), byMs: random.pick([100, 400, 1_500]) };
    case 'storm':
      return { ...time, kind, weather: stormOf(random) };
    case 'slow-disk':
      return { ...time, kind, node, times: random.pick([10, 100]) };
    case 'lost-folder':
    case 'leave':
      return { ...time, kind, node: random.pick(names) };
    case 'wrong-lines':
      return { ...time, kind, node: random.pick(names), with: random.pick(['text', 'digests']) };
    case 'clock':
      return { ...time, kind, node, byMs: Math.round(random.between(-5_000, 5_000)) };
    case 'crash':
    case 'freeze':
    case 'full-disk':
      return { ...time, kind, node };
    default:
      return kind satisfies never;
  }
}

/** A fault for a person to read. */
export function tellFault(fault: Fault): string {
  const when = `at ${String(fault.atMs)} ms for ${String(fault.forMs)} ms`;
  const { atMs: _, forMs: __, kind, ...rest } = fault;
  const details = Object.values(rest).map((detail) =>
    typeof detail === 'object' ? JSON.stringify(detail) : String(detail),
  );
  return [kind, ...details, when].join(' ');
}
