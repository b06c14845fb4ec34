// One run: trouble, then healing, then rest. While there is trouble every invariant holds after every step; afterwards,
// within a bounded virtual time, all that was begun is decided, every client knows the outcome, all ledgers are equal, and
// new transactions commit.
import type { DecisionRule, Voting } from '@parley/contracts';
import type { Client } from './client.js';
import type { Counts } from './counts.js';
import { strike } from './faults.js';
import { Violation } from './history.js';
import { CALM } from './network.js';
import { TROUBLE_MS, tellFault, type Plan } from './plan.js';
import type { Variant } from './surroundings.js';
import { World, type Tell } from './world.js';

/** Within this time after the healing, ms of the virtual clock, all must have come to rest. */
const REST_MS = 20_000;
/** Within this time a client of a system at rest must be told that a transaction is committed. */
const COMMIT_MS = 10_000;
const LOOK_MS = 50;

export interface Report {
  readonly transactions: number;
  readonly committed: number;
  readonly aborted: number;
  readonly counts: Counts;
  readonly rules: ReadonlyMap<DecisionRule, number>;
  /** From the healing to rest, ms of the virtual clock. */
  readonly restMs: number;
  /** Most transactions that were begun and not decided at one moment. */
  readonly mostInFlight: number;
}

/** Runs a plan. Throws a Violation at the step that breaks an invariant. `tell` is given the story, line by line. */
export function simulate(plan: Plan, variant: Variant = {}, tell?: Tell): Report {
  const world = new World(plan, variant, tell);
  const ends: (() => void)[] = [];
  for (const proposal of plan.proposals) world.agenda.after(proposal.atMs, () => world.propose(proposal));
  for (const fault of plan.faults)
    world.agenda.after(fault.atMs, () => {
      world.note('FAULT', () => tellFault(fault));
      let isOver = false;
      const stop = strike(world, fault);
      const end = (): void => {
        if (isOver) return;
        isOver = true;
        world.note('END OF FAULT', () => tellFault(fault));
        stop();
      };
      ends.push(end);
      world.agenda.after(fault.forMs, end);
    });
  let mostInFlight = 0;
  for (let moment = LOOK_MS; moment <= TROUBLE_MS; moment += LOOK_MS) {
    world.agenda.runUntil(moment);
    mostInFlight = Math.max(mostInFlight, world.coordinator.open);
  }
  for (const end of ends) end();
  const restMs = heal(world, plan);
  const { history, counts } = world;
  return {
    transactions: history.begun.size,
    committed: history.count('committed'),
    aborted: history.count('aborted'),
    counts,
    rules: history.rules,
    restMs,
    mostInFlight,
  };
}

function heal(world: World, { refuses }: Plan): number {
  world.note('HEALING', () => 'all nodes run, the network delivers, disks have room, clocks are right');
  world.isHealed = true;
  world.network.weather = CALM;
  if (refuses) {
    const participant = world.participant(refuses);
    participant.vote = 'commit';
    participant.crash();
  }
  for (const node of world.nodes) node.start();
  const restMs = runUntil(world, REST_MS, () => whatIsUnsettled(world));
  const books = new Map([...world.history.begun.values()].map(({ book, votes }) => [book, votes]));
  for (const [book, votes] of books) commitOne(world, book, votes);
  runUntil(world, REST_MS, () => whatIsUnsettled(world));
  return restMs;
}

/** What is still on its way from the past may cost a transaction, not all of them. */
function commitOne(world: World, book: string, votes: Voting): void {
  let attempts = 0;
  let client: Client | undefined;
  runUntil(world, COMMIT_MS, () => {
    if (client?.outcome === 'committed') return undefined;
    if (client === undefined || client.outcome === 'aborted') {
      attempts += 1;
      client = world.propose({ atMs: 0, book, value: `the last of ${book}, ${String(attempts)}`, votes });
    }
    return `no transaction of ${book} commits`;
  });
}

/** Lets time pass until nothing is missing; returns how long that took. */
function runUntil(world: World, boundMs: number, missing: () => string | undefined): number {
  const since = world.agenda.now;
  for (;;) {
    const lacking = missing();
    if (lacking === undefined) return world.agenda.now - since;
    if (world.agenda.now - since >= boundMs)
      throw new Violation('liveness', `${String(boundMs)} ms after the healing ${lacking}`);
    world.agenda.runUntil(world.agenda.now + LOOK_MS);
  }
}

function whatIsUnsettled({ clients, coordinator, participants, history }: World): string | undefined {
  const waiting = clients.find(({ outcome }) => outcome === undefined);
  if (waiting) return `${waiting.name} was not told an outcome`;
  if (coordinator.open > 0) return `${String(coordinator.open)} transactions are undecided at the coordinator`;
  const unheard = participants.find(({ self }) => !coordinator.canList(self));
  if (unheard) return `the coordinator would not list ${unheard.name} of ${unheard.self.logId}`;
  const greatest = new Map<string, number>();
  for (const { book, number } of history.begun.values()) greatest.set(book, Math.max(number, greatest.get(book) ?? 0));
  for (const [book, number] of greatest)
    for (const participant of participants) {
      const { length } = participant.linesOf(book);
      if (length !== number)
        return `${participant.name} has ${String(length)} lines of ${book}, where ${String(number)} were begun`;
    }
  return undefined;
}
