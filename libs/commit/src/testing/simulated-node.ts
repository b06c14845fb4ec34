// A node of the simulated cluster: a pure core, the real outbox, a simulated journal, and waits that a test ends by hand.
import type { Ballot, Outcome, Place } from '@parley/contracts';
import type { Effect, Wait } from '../effects.js';
import { Outbox } from '../outbox.js';
import { placeKey } from '../place.js';
import type { CommitRecord } from '../records.js';
import type { Proposal } from '../rules.js';
import type { History } from './history.js';
import type { Content } from './messages.js';
import { watched } from './purity.js';
import { SimulatedJournal } from './simulated-journal.js';

/** What a node is given by the cluster. */
export interface Surroundings {
  /** To one node. */
  readonly send: (from: string, to: string, content: Content) => void;
  /** To every participant, as a request or a fact on the bus is. */
  readonly publish: (from: string, content: Content, also?: readonly string[]) => void;
  readonly history: History;
  /** Grows with every step; stands for the clock. */
  readonly now: () => number;
  /** Whether each step is run twice and compared. */
  readonly watchPurity: boolean;
}

/** A request whose time-out has not been given yet. */
export interface Ask {
  readonly ballot: Ballot;
  readonly proposal?: Proposal;
  readonly places: readonly Place[];
}

/** `answers`: the time-out of a request to the others; `lines`: that of a fetch. */
export type DeadlineKind = Wait['wait'] | 'answers' | 'lines';

export type Outgoing = Exclude<Effect, { type: 'append' }>;

export abstract class SimulatedNode<State, Input extends { type: string }, Kept extends CommitRecord> {
  readonly journal = new SimulatedJournal<Kept>();
  /** A slow disk forces nothing by itself. */
  disk: 'prompt' | 'slow' = 'prompt';
  isUp = true;
  stoppedBecause: string | null = null;
  readonly reports: string[] = [];
  protected readonly waits = new Map<string, Wait>();
  protected asks: Ask[] = [];
  private outbox = new Outbox();
  private inputs: Input[] = [];
  private isWorking = false;

  constructor(
    readonly name: string,
    protected readonly surroundings: Surroundings,
    public state: State,
  ) {}

  protected abstract step(state: State, input: Input, at: number): { state: State; effects: readonly Effect[] };
  protected abstract perform(effect: Outgoing): void;
  protected abstract replay(records: readonly Kept[]): State;
  protected abstract deadlinePassed(wait: Wait['wait'], places: readonly Place[]): Input;
  protected abstract answersEnded(ask: Ask): Input;
  protected abstract restarted(): Input;

  submit(input: Input): void {
    if (!this.isUp) return;
    this.inputs.push(input);
    this.work();
  }

  /** The disk has written everything that was appended: what was held back leaves. */
  force(): void {
    for (const record of this.journal.force()) this.surroundings.history.forced(this.name, record);
    this.performAll(this.outbox.forced(this.journal.length));
    this.work();
  }

  crash(): void {
    this.isUp = false;
    this.journal.loseUnforced();
    this.outbox = new Outbox();
    this.inputs = [];
    this.asks = [];
    this.waits.clear();
  }

  restart(): void {
    this.state = this.replay(this.journal.forced);
    this.outbox = new Outbox();
    this.isUp = true;
    this.submit(this.restarted());
  }

  /** What this node knows to be decided, by the records that it has now. */
  outcome(place: Place): Outcome | 'undecided' {
    for (const record of this.journal.appended)
      if ((record.kind === 'decided' || record.kind === 'learned') && placeKey(record) === placeKey(place))
        return record.decision.outcome;
    return 'undecided';
  }

  /** Kinds of deadline that can pass here now. */
  deadlines(): DeadlineKind[] {
    const kinds = new Set<DeadlineKind>([...this.waits.values()].map(({ wait }) => wait));
    if (this.asks.length > 0) kinds.add('answers');
    return [...kinds];
  }

  /** Lets the deadline pass for all that wait for it, or for one transaction. False when nothing does. */
  passDeadline(kind: DeadlineKind, place?: Place): boolean {
    if (kind === 'answers') {
      const ended = this.asks;
      this.asks = [];
      for (const ask of ended) this.submit(this.answersEnded(ask));
      return ended.length > 0;
    }
    if (kind === 'lines') return false;
    const waiting = [...this.waits.values()].filter(
      (it) => it.wait === kind && (place === undefined || placeKey(it.place) === placeKey(place)),
    );
    for (const wait of waiting) this.waits.delete(placeKey(wait.place));
    if (waiting.length > 0)
      this.submit(
        this.deadlinePassed(
          kind,
          waiting.map((wait) => wait.place),
        ),
      );
    return waiting.length > 0;
  }

  /** Where the transactions wait for this deadline. */
  waitingFor(kind: DeadlineKind): Place[] {
    return [...this.waits.values()].filter(({ wait }) => wait === kind).map(({ place }) => place);
  }

  waitOf(place: Place): Wait | undefined {
    return this.waits.get(placeKey(place));
  }

  /** The effects that every node performs alike. */
  protected performCommon(
    effect: Exclude<
      Outgoing,
      {
        type:
          | 'reply'
          | 'write-lines'
          | 'fetch'
          | 'confirm-begin'
          | 'confirm-leave'
          | 'ask-person'
          | 'dismiss-person'
          | 'answer-person';
      }
    >,
  ): void {
    switch (effect.type) {
      case 'ask-votes':
      case 'ask-states':
      case 'propose':
        this.ask(effect);
        break;
      case 'announce':
        for (const { subject, decision } of effect.transactions)
          this.surroundings.history.decided(this.name, subject, decision.outcome);
        this.publish({ kind: 'decision', transactions: effect.transactions }, ['coordinator']);
        break;
      case 'wait':
        this.waits.set(placeKey(effect.place), effect);
        break;
      case 'rest':
        this.waits.delete(placeKey(effect.place));
        break;
      case 'tell-divergence':
        this.publish({ kind: 'divergence', book: effect.place.book }, ['coordinator']);
        break;
      case 'report':
        this.reports.push(effect.place ? `${placeKey(effect.place)}: ${effect.what}` : effect.what);
        break;
      case 'name-diverged':
        this.reports.push(`${placeKey(effect.place)}: told otherwise by ${effect.nodes.join(' and ')}`);
        break;
      case 'alarm':
        this.reports.push(effect.what);
        break;
      case 'stop':
        this.stoppedBecause = `${placeKey(effect.place)}: ${effect.reason}`;
        this.crash();
        break;
      case 'confirm-start':
      case 'attend':
        throw new Error(`${this.name} is told who is there, and hears no heartbeats`);
      default:
        effect satisfies never;
    }
  }

  private ask(effect: Extract<Outgoing, { type: 'ask-votes' | 'ask-states' | 'propose' }>): void {
    const deadline = 0;
    if (effect.type === 'ask-votes') {
      const { list, protocol, transactions, open } = effect;
      const common = { type: 'vote-requested' as const, epoch: 1, list, protocol, deadline, open: [...open] };
      this.publish({ kind: 'vote-request', request: { ...common, transactions } });
    } else if (effect.type === 'ask-states') {
      const { ballot, list, protocol, transactions } = effect;
      this.asks.push({ ballot, places: transactions });
      this.publish({ kind: 'state-request', request: { type: 'states-asked', ballot, list, protocol, transactions } });
    } else {
      const { ballot, proposal, list, protocol, transactions } = effect;
      this.asks.push({ ballot, proposal, places: transactions });
      const request = { type: 'proposed' as const, ballot, proposal, list, protocol, transactions, deadline };
      this.publish({ kind: 'proposal', request });
    }
  }

  protected publish(content: Content, also: readonly string[] = []): void {
    this.surroundings.publish(this.name, content, also);
  }

  private work(): void {
    if (this.isWorking) return;
    this.isWorking = true;
    for (let input = this.inputs.shift(); input !== undefined; input = this.inputs.shift()) this.take(input);
    this.isWorking = false;
  }

  private take(input: Input): void {
    const at = this.surroundings.now();
    const run = (moment: number): { state: State; effects: readonly Effect[] } => this.step(this.state, input, moment);
    const { state, effects } = this.surroundings.watchPurity ? watched(run, at, { state: this.state, input }) : run(at);
    this.state = state;
    const ready = this.outbox.take(effects, (record) => {
      this.surroundings.history.appended(this.name, record);
      return this.journal.append(record as Kept);
    });
    this.performAll(ready);
    const mustForce = effects.some((effect) => effect.type === 'append' && !effect.lazy);
    if (mustForce && this.disk === 'prompt') this.force();
  }

  private performAll(effects: readonly Effect[]): void {
    for (const effect of effects) if (this.isUp && effect.type !== 'append') this.perform(effect);
  }
}
