// A cluster of pure nodes in one thread: a coordinator and N participants, the messages between them, their journals and
// their deadlines. Nothing happens by itself: what a test does not deliver does not arrive, and no deadline passes alone.
import type { Begin, Member, Outcome, PersonalAnswer, Place, ProtocolName, Voting } from '@parley/contracts';
import { placeKey } from '../place.js';
import { e3pcRules, type E3pcRules } from '../rules.js';
import { History } from './history.js';
import { MessageBag, type Content, type Kind, type Message, type Selection } from './messages.js';
import { SimulatedCoordinator } from './simulated-coordinator.js';
import type { DeadlineKind, Surroundings } from './simulated-node.js';
import { SimulatedParticipant } from './simulated-participant.js';

export interface ClusterOptions {
  readonly participants?: number;
  /** Names of participants that vote no. */
  readonly refuse?: readonly string[];
  readonly rules?: E3pcRules;
  readonly watchPurity?: boolean;
}

/** What a proposal may say beside its string. */
export interface Proposing {
  readonly book?: string;
  readonly list?: readonly string[];
  readonly protocol?: ProtocolName;
  readonly votes?: Voting;
}

/** More deliveries than any story needs: what goes on for longer never ends. */
const DELIVERIES_AT_MOST = 10_000;

export class Cluster {
  readonly history = new History();
  readonly bag = new MessageBag();
  readonly coordinator: SimulatedCoordinator;
  /** Names of the participants, in the order of ranks. */
  readonly names: readonly string[];
  private readonly participants = new Map<string, SimulatedParticipant>();
  private readonly isolated = new Set<string>();
  private readonly surroundings: Surroundings;
  private readonly rules: E3pcRules;
  private readonly refuse: readonly string[];
  private steps = 0;
  private journals = 0;
  private lastProposed: Place | undefined;
  private delayed: Message[] = [];

  constructor({ participants = 3, refuse = [], rules = e3pcRules, watchPurity = true }: ClusterOptions = {}) {
    this.rules = rules;
    this.refuse = refuse;
    this.surroundings = {
      send: (from, to, content) => {
        this.put({ ...content, from, to });
      },
      publish: (from, content, also = []) => {
        for (const to of [...this.names, ...also])
          if (to !== from || !isFact(content)) this.put({ ...content, from, to });
      },
      history: this.history,
      now: () => (this.steps += 1),
      watchPurity,
    };
    this.names = Array.from({ length: participants }, (_, index) => `participant-${String(index + 1)}`);
    this.coordinator = new SimulatedCoordinator('coordinator', this.surroundings, rules);
    for (const name of this.names) this.participants.set(name, this.newParticipant(name));
  }

  // --- what users and operators do ---

  /** A string is proposed; its transaction's list is made of these participants, all when left out. */
  propose(value: string, { book = 'main', list = this.names, ...terms }: Proposing = {}): Place {
    this.lastProposed = this.coordinator.propose(book, value, this.members(list), terms);
    return this.lastProposed;
  }

  /** Whoever holds the participant's seat votes. Returns what they are told, undefined while that is held back. */
  vote(name: string, vote: 'commit' | 'abort', place = this.latest): PersonalAnswer | undefined {
    return this.participant(name).hearPerson(
      (reply, begin) => ({ type: 'person-voted', reply, place, vote, begin }),
      place,
    );
  }

  /** Whoever holds the participant's seat acknowledges the pre-commit. */
  acknowledge(name: string, place = this.latest): PersonalAnswer | undefined {
    return this.participant(name).hearPerson((reply) => ({ type: 'person-acknowledged', reply, place }), place);
  }

  /** The process is gone, and with it what its journal had not forced. */
  crash(...names: string[]): void {
    for (const name of names) this.node(name).crash();
  }

  restart(...names: string[]): void {
    for (const name of names) this.node(name).restart();
  }

  /** The participant's folder is lost: it starts with a new journal, which makes it another member. */
  replaceJournal(name: string): void {
    this.participant(name).crash();
    this.participants.set(name, this.newParticipant(name));
  }

  /** Appended records stay unforced until `force`. */
  slowDisk(...names: string[]): void {
    for (const name of names) this.node(name).disk = 'slow';
  }

  force(...names: string[]): void {
    for (const name of names) this.node(name).force();
  }

  // --- what the network does ---

  /** Delivers the messages of a kind that are on their way now. */
  deliver(kind: Kind, selection: Selection = {}): void {
    for (const message of this.bag.takeAll(kind, selection)) this.hand(message);
  }

  /** Delivers whatever is on its way, oldest first, until nothing is. */
  deliverAll(): void {
    this.deliverWhile(() => true);
  }

  /** Delivers oldest first until the last proposed transaction has this state at these participants (all, if left out). */
  deliverUntil(state: string, ...at: string[]): void {
    const where = at.length > 0 ? at : this.names;
    const isReached = (): boolean => where.every((name) => this.participant(name).standing(this.latest) === state);
    this.deliverWhile(() => !isReached());
    if (!isReached()) throw new Error(`nothing is on its way, and the states are ${JSON.stringify(this.states())}`);
  }

  drop(kind: Kind, selection: Selection = {}): void {
    this.bag.takeAll(kind, selection);
  }

  duplicate(kind: Kind, selection: Selection = {}): void {
    for (const message of this.bag.takeAll(kind, selection)) {
      this.bag.put(message);
      this.bag.put(message);
    }
  }

  /** Takes messages off the way until `deliverDelayed`. */
  delay(kind: Kind, selection: Selection = {}): void {
    this.delayed.push(...this.bag.takeAll(kind, selection));
  }

  deliverDelayed(): void {
    for (const message of this.delayed.splice(0)) this.hand(message);
  }

  /** Nothing reaches these nodes, or leaves them for another, until `reconnect`. */
  isolate(...names: string[]): void {
    for (const name of names) this.isolated.add(name);
  }

  reconnect(...names: string[]): void {
    for (const name of names) this.isolated.delete(name);
  }

  /** Everybody hears what the participants hold, as they do every second. */
  heartbeat(): void {
    for (const participant of this.participants.values())
      if (participant.isUp && !this.isCut(participant.name, 'coordinator')) this.coordinator.hear(participant);
    for (const listener of this.participants.values())
      for (const peer of this.participants.values())
        if (peer !== listener && peer.isUp && !this.isCut(peer.name, listener.name))
          for (const [book, lines] of peer.ledgers) listener.hearPeer(book, lines.length);
  }

  // --- what the clock does ---

  /** Lets a deadline pass at a node. A test in which nothing waits for it is mistaken. */
  passDeadline(kind: DeadlineKind, at: string, about?: Place): void {
    if (!this.node(at).passDeadline(kind, about))
      throw new Error(
        `nothing waits for "${kind}" at ${at}; there is ${this.node(at).deadlines().join() || 'nothing'}`,
      );
  }

  // --- what there is to see ---

  /** The transaction proposed last. */
  get latest(): Place {
    if (this.lastProposed === undefined) throw new Error('nothing was proposed');
    return this.lastProposed;
  }

  participant(name: string): SimulatedParticipant {
    const participant = this.participants.get(name);
    if (participant === undefined) throw new Error(`there is no ${name}`);
    return participant;
  }

  node(name: string): SimulatedParticipant | SimulatedCoordinator {
    return name === 'coordinator' ? this.coordinator : this.participant(name);
  }

  get nodes(): (SimulatedParticipant | SimulatedCoordinator)[] {
    return [this.coordinator, ...this.participants.values()];
  }

  /** The state of a transaction at every participant. */
  states(place: Place = this.latest): Record<string, string> {
    return Object.fromEntries(this.names.map((name) => [name, this.participant(name).standing(place)]));
  }

  /** What every node knows to be decided. */
  outcomes(place: Place = this.latest): Record<string, Outcome | 'undecided'> {
    return Object.fromEntries(this.nodes.map((node) => [node.name, node.outcome(place)]));
  }

  /** The lines of a book, by participant. */
  ledgers(book = 'main'): Record<string, readonly string[]> {
    return Object.fromEntries(this.names.map((name) => [name, this.participant(name).linesOf(book)]));
  }

  /** What nodes have reported as wrong, by node. */
  get reports(): string[] {
    return this.nodes.flatMap(({ name, reports }) => reports.map((report) => `${name}: ${report}`));
  }

  members(names: readonly string[] = this.names): Member[] {
    return names.map((name) => this.participant(name).self);
  }

  /** The transaction as it was begun. */
  begin(place: Place): Begin {
    for (const record of this.coordinator.journal.appended)
      if (record.kind === 'begun' && placeKey(record.begin) === placeKey(place)) return record.begin;
    throw new Error(`${placeKey(place)} was not begun`);
  }

  /** Puts a message on its way. For what no node of a correct cluster sends. */
  put(message: Message): void {
    if (!this.isCut(message.from, message.to)) this.bag.put(message);
  }

  /** Delivers one message. */
  hand(message: Message): void {
    const node = this.node(message.to);
    if (node.isUp && !this.isCut(message.from, message.to)) node.receive(message);
  }

  private deliverWhile(goOn: () => boolean): void {
    for (let delivered = 0; goOn(); delivered += 1) {
      const message = this.bag.takeOldest();
      if (message === undefined) return;
      if (delivered === DELIVERIES_AT_MOST) throw new Error('messages never end');
      this.hand(message);
    }
  }

  private isCut(from: string, to: string): boolean {
    return from !== to && (this.isolated.has(from) || this.isolated.has(to));
  }

  private newParticipant(name: string): SimulatedParticipant {
    this.journals += 1;
    const self = { name, logId: `journal-${String(this.journals)}` };
    return new SimulatedParticipant(
      self,
      this.surroundings,
      this.refuse.includes(name) ? 'abort' : 'commit',
      this.rules,
    );
  }
}

/** Facts and fetches are told to the others; requests of the protocol reach the asking node too. */
const isFact = ({ kind }: Content): boolean => kind === 'decision' || kind === 'fetch-request' || kind === 'divergence';
