// A random schedule: a list of numbers, each of which picks what happens next in a cluster. The same numbers always make
// the same run, and a shorter list is a shorter run, so a counter-example shrinks.
import type { Place } from '@parley/contracts';
import { Cluster, type ClusterOptions } from './cluster.js';
import type { Message } from './messages.js';
import type { SimulatedCoordinator } from './simulated-coordinator.js';
import type { SimulatedParticipant } from './simulated-participant.js';

export interface Schedule extends ClusterOptions {
  readonly participants: number;
  /** Most transactions, in two books. */
  readonly transactions: number;
  /** `duel`: one transaction, for which all have voted yes; from then on recoveries in changing groups. */
  readonly weather: 'calm' | 'rough' | 'duel';
  /** Whether one participant may lose its journal. */
  readonly lossOfJournal: boolean;
  readonly choices: readonly number[];
}

type Node = SimulatedCoordinator | SimulatedParticipant;

const happenings = [
  'deliver',
  'force',
  'propose',
  'restart',
  'deadline',
  'crash',
  'drop',
  'duplicate',
  'part',
  'join',
  'hear',
  'lose',
] as const;
type Happening = (typeof happenings)[number];

/** How often each thing happens. In calm weather most transactions commit; rough weather is for recoveries. */
const weathers: Record<Schedule['weather'], Record<Happening, number>> = {
  calm: {
    deliver: 60,
    force: 24,
    propose: 6,
    restart: 4,
    deadline: 2,
    crash: 1,
    drop: 1,
    duplicate: 2,
    part: 1,
    join: 4,
    hear: 1,
    lose: 1,
  },
  rough: {
    deliver: 60,
    force: 20,
    propose: 4,
    restart: 6,
    deadline: 9,
    crash: 2,
    drop: 2,
    duplicate: 2,
    part: 4,
    join: 3,
    hear: 1,
    lose: 1,
  },
  duel: {
    deliver: 50,
    force: 0,
    propose: 0,
    restart: 3,
    deadline: 20,
    crash: 1,
    drop: 2,
    duplicate: 8,
    part: 20,
    join: 1,
    hear: 0,
    lose: 0,
  },
};
const lots = (weather: Schedule['weather']): readonly Happening[] =>
  happenings.flatMap((name) => Array<Happening>(weathers[weather][name]).fill(name));
const lotsIn = { calm: lots('calm'), rough: lots('rough'), duel: lots('duel') };

class Run {
  readonly cluster: Cluster;
  proposed = 0;
  private journalsLost = 0;
  private connected: ReadonlySet<string> | undefined;
  private rest = 0;

  constructor(private readonly schedule: Schedule) {
    this.cluster = new Cluster({ ...schedule, watchPurity: false });
    if (schedule.weather === 'duel') this.openDuel();
    else this.cluster.slowDisk('coordinator', ...this.cluster.names);
  }

  /** Does what the number says; nothing when that is not possible now. */
  take(choice: number): void {
    this.rest = choice;
    const { cluster } = this;
    if (this.schedule.weather === 'duel' && this.isDuelOver()) this.openDuel();
    const lots = lotsIn[this.schedule.weather];
    switch (lots[this.below(lots.length)] ?? 'deliver') {
      case 'deliver':
        this.deliver();
        break;
      case 'drop': {
        const message = this.pickMessage();
        if (message) cluster.bag.remove(message);
        break;
      }
      case 'duplicate': {
        const message = this.pickMessage();
        if (message) cluster.put({ ...message });
        break;
      }
      case 'force':
        this.pickNode(({ isUp, journal }) => isUp && journal.unforced > 0)?.force();
        break;
      case 'deadline':
        this.passSomeDeadline();
        break;
      case 'propose':
        this.propose();
        break;
      case 'crash':
        this.pickNode(({ isUp }) => isUp)?.crash();
        break;
      case 'restart':
        this.pickNode(({ isUp }) => !isUp)?.restart();
        break;
      case 'part':
        this.part();
        break;
      case 'join':
        this.connected = undefined;
        break;
      case 'hear':
        cluster.heartbeat();
        break;
      case 'lose':
        this.loseJournal();
        break;
    }
  }

  /** Unless one refused: all have voted yes, one has accepted the pre-commit, and the coordinator is gone. */
  private openDuel(): void {
    const { cluster } = this;
    this.connected = undefined;
    for (const node of cluster.nodes) if (!node.isUp) node.restart();
    cluster.deliverAll();
    cluster.propose('string');
    cluster.deliver('vote-request');
    cluster.deliver('vote');
    if (cluster.bag.includes('proposal', {})) cluster.deliver('proposal', { to: 'participant-1' });
    cluster.crash('coordinator');
  }

  private isDuelOver(): boolean {
    const { cluster } = this;
    return cluster.names.every((name) => cluster.participant(name).isDecided(cluster.latest));
  }

  private deliver(): void {
    const burst = this.schedule.weather === 'duel' ? 1 + this.below(6) : 1;
    for (let count = 0; count < burst; count += 1) {
      const message = this.pickMessage();
      if (message) this.cluster.hand(this.cluster.bag.remove(message));
    }
  }

  private propose(): void {
    const { cluster, schedule } = this;
    if (this.proposed >= schedule.transactions || !cluster.coordinator.isUp) return;
    this.proposed += 1;
    const book = this.below(4) === 0 ? 'aside' : 'main';
    // Of four or more participants, one may be left out of a list.
    const left = schedule.participants > 3 && this.below(3) === 0 ? this.pick(cluster.names) : undefined;
    const list = cluster.names.filter((name) => name !== left);
    cluster.propose(`string ${String(this.proposed)}`, { book, list });
  }

  private passSomeDeadline(): void {
    const node = this.pickNode((it) => it.isUp && it.deadlines().length > 0);
    if (node === undefined) return;
    // Ballots are started more often than they are given up.
    const kinds = node.deadlines();
    const kind = this.pick(
      this.below(3) === 0
        ? kinds
        : kinds.toSorted((a, b) => Number(a === 'answers') - Number(b === 'answers')).slice(0, 1),
    );
    if (kind === undefined) return;
    const place: Place | undefined = this.below(2) === 0 ? this.pick(node.waitingFor(kind)) : undefined;
    node.passDeadline(kind, place);
  }

  private loseJournal(): void {
    if (!this.schedule.lossOfJournal || this.journalsLost > 0) return;
    const name = this.pick(this.cluster.names);
    if (name === undefined) return;
    this.journalsLost += 1;
    this.cluster.replaceJournal(name);
    this.cluster.slowDisk(name);
  }

  /** From now on messages travel within a group of about half of the nodes only; the others' are late. */
  private part(): void {
    const { names, nodes } = this.cluster;
    const absent = [this.pick(names), this.pick(names.slice(0, -2)), this.below(2) === 0 ? 'coordinator' : undefined];
    if (names.length === 3) absent[1] = undefined;
    this.connected = new Set(nodes.map(({ name }) => name).filter((name) => !absent.includes(name)));
  }

  private pickMessage(): Message | undefined {
    const { connected } = this;
    // One half arrives in the order of sending.
    const isOldest = this.below(2) === 0;
    const travelling = this.cluster.bag.all.filter(
      ({ from, to }) => connected === undefined || (connected.has(from) && connected.has(to)),
    );
    return isOldest ? travelling[0] : this.pick(travelling);
  }

  private pickNode(isMeant: (node: Node) => boolean): Node | undefined {
    return this.pick(this.cluster.nodes.filter(isMeant));
  }

  private pick<T>(from: readonly T[]): T | undefined {
    return from[this.below(from.length)];
  }

  /** Uses up a part of the choice. */
  private below(limit: number): number {
    if (limit === 0) return 0;
    const picked = this.rest % limit;
    this.rest = Math.floor(this.rest / limit);
    return picked;
  }
}

/** Runs a schedule. Throws a Violation at the step that breaks an invariant. */
export function runSchedule(schedule: Schedule): Cluster {
  const run = new Run(schedule);
  for (const choice of schedule.choices) run.take(choice);
  const stopped = run.cluster.nodes.find(({ stoppedBecause }) => stoppedBecause !== null);
  if (stopped) throw new Error(`${stopped.name} stopped: ${String(stopped.stoppedBecause)}`);
  return run.cluster;
}
