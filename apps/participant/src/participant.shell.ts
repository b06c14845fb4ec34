// The shell around a participant's core: the journal, the ledgers, the bus, the clock. It decides nothing.
import type { Recorded, Catalogue } from '@parley/catalogue';
import {
  applyIdentity,
  Deadlines,
  numbersGiven,
  stepParticipant,
  waitEndsAt,
  type CommitRecord,
  type ParticipantInput,
  type ParticipantState,
} from '@parley/commit';
import {
  facts,
  transactionId,
  type Alive,
  type Begin,
  type KnownTransaction,
  type Member,
  type PersonalAnswer,
  type Place,
  type ProtocolReply,
  type Timeouts,
} from '@parley/contracts';
import type { Bus } from '@parley/messaging';
import {
  startUnderNonce,
  StartedNodes,
  Ballots,
  Events,
  Failpoints,
  Shell,
  Snapshots,
  TransactionLog,
  Watch,
  systemClock,
  type Outgoing,
} from '@parley/shell';
import type { Logger } from 'pino';
import { SpoiltIdentity, contradiction, mustHave, mustKnow } from './failures.js';
import { Fetching } from './fetching.js';
import type { Ledgers } from './ledgers.js';
import { Mending } from './mending.js';
import { dueLine, openParticipant, type Opened } from './opening.js';
import { Comparison } from './comparison.js';
import { People } from './people.js';
import { fromLedger } from './recorded-answers.js';
import { Replies } from './replies.js';
import { snapshotRecords } from './snapshots.js';

type Effect<Type extends Outgoing['type']> = Extract<Outgoing, { type: Type }>;

/** For transactions of which only the number has been heard. */
const STANDARD_TIMEOUTS: Timeouts = {
  voteRequestMs: 10_000,
  voteMs: 5_000,
  acknowledgementMs: 5_000,
  decisionMs: 2_000,
};

/** Most inputs, or effects that wait for the journal. */
const BACKLOG = 10_000;

export interface ParticipantShellOptions {
  readonly name: string;
  readonly folder: string;
  readonly vote: 'commit' | 'abort';
  readonly faults: boolean;
  /** Bytes that are appended to the journal before it is cut. */
  readonly snapshotBytes: number;
  readonly bus: Bus;
  readonly log: Logger;
  /** Ends the waiting for the broker's store. */
  readonly signal?: AbortSignal | undefined;
  /** The node cannot go on. */
  readonly fail: (error: Error) => void;
}

export class ParticipantShell {
  readonly failpoints: Failpoints | undefined;
  readonly self: Member;
  readonly people: People;
  private readonly log: TransactionLog;
  private readonly core: Shell<ParticipantState, ParticipantInput>;
  private readonly deadlines: Deadlines<'vote-request' | 'decision' | 'retry'>;
  private readonly ballots: Ballots;
  private readonly events: Events;
  private readonly watch: Watch;
  private readonly snapshots: Snapshots;
  private readonly mending: Mending;
  private readonly comparison: Comparison;
  private readonly recorded: Recorded;
  readonly ledgers: Ledgers;
  private readonly replies: Replies;
  private readonly fetching: Fetching;
  private readonly startedNodes: StartedNodes;

  private constructor(
    private readonly options: ParticipantShellOptions,
    { recorded, ledgers, state }: Opened,
  ) {
    const { bus, name, faults, log, fail } = options;
    this.self = state.self;
    this.people = new People(() => bus.publish(facts.asked, { participant: name }));
    this.recorded = recorded;
    this.ledgers = ledgers;
    this.log = new TransactionLog(options.log);
    this.startedNodes = new StartedNodes(bus, options.log);
    this.replies = new Replies(this.self, ledgers, bus, log);
    this.fetching = new Fetching({
      bus,
      node: name,
      timeouts: STANDARD_TIMEOUTS,
      fetched: (book, told) => {
        this.submit({ type: 'fetched', ...told });
        this.submit({ type: 'fetch-ended', book });
      },
    });
    this.events = Events.on(bus, name, options.log);
    this.watch = new Watch(this.events);
    this.failpoints = faults ? new Failpoints(() => bus.flush()) : undefined;
    this.deadlines = new Deadlines((wait, places) => this.submit({ type: 'deadline', wait, places }), systemClock);
    this.ballots = new Ballots({
      bus,
      node: name,
      now: Date.now,
      timeouts: STANDARD_TIMEOUTS,
      begun: (place) => this.begun(place),
      replied: (reply) => this.submit({ type: 'replied', reply }),
      ended: (ask) => this.submit({ type: 'ask-ended', ...ask }),
    });
    this.core = new Shell({
      state,
      step: stepParticipant,
      journal: recorded.journal,
      append: (record) => this.append(record),
      perform: (effect) => this.perform(effect),
      watch: this.watch,
      failpoints: this.failpoints,
      now: Date.now,
      limit: BACKLOG,
    });
    this.snapshots = new Snapshots({
      journal: recorded.journal,
      everyBytes: options.snapshotBytes,
      records: () => snapshotRecords(this.core.current, recorded, ledgers),
      cut: (records) => recorded.cut(records),
      failpoints: this.failpoints,
      log,
      fail,
    });
    this.comparison = new Comparison(ledgers, (verdict) => this.submit({ type: 'peer-compared', ...verdict }), log);
    this.mending = new Mending({ ledgers, fetch: (place) => this.fetching.one(place), log, fail });
  }

  /** Reads the journal and brings the ledgers to what it says. Rejects when either cannot be trusted. */
  static async open(options: ParticipantShellOptions): Promise<ParticipantShell> {
    // Whoever is to mend what cannot be read does not exist yet.
    const mender: { mend: (place: Place) => void } = { mend: () => undefined };
    const opened = await openParticipant({ ...options, damaged: (place) => mender.mend(place) });
    const { recorded, state } = opened;
    let { identity } = state;
    if (identity.rival !== null) throw new SpoiltIdentity(options.name);
    const nonce = await startUnderNonce({
      bus: options.bus,
      log: options.log,
      self: state.self,
      nonces: identity.nonces,
      mayStartAnew: true,
      record: (nonces) => {
        const record = { kind: 'start-nonces', nonces } as const;
        identity = applyIdentity(identity, record);
        return recorded.journal.forced(recorded.append(record));
      },
      signal: options.signal,
    });
    const shell = new ParticipantShell(options, { ...opened, state: { ...state, identity } });
    mender.mend = (place) => shell.mending.mend(place);
    shell.startedNodes.keep(shell.self, nonce);
    return shell;
  }

  /** Takes part: settles what is open, and looks at the lines that were written before. */
  start(): void {
    this.submit({ type: 'restarted' });
    this.mending.look().catch(this.options.fail);
  }

  /** The nonce of this start. */
  get nonce(): string {
    return mustHave(this.core.current.identity.nonces[0]);
  }

  /** Another start that lives under its name, so that this one does not vote; undefined when there is none. */
  get rival(): string | undefined {
    return this.core.current.identity.rival ?? undefined;
  }

  /** It is not fetching lines that it lacks. */
  get complete(): boolean {
    return [...this.core.current.books.values()].every(({ fetch }) => fetch === null);
  }

  /** What this participant holds of each book. */
  get held(): { book: string; lines: number; highest: number; digest?: string }[] {
    return numbersGiven(this.core.current).map(({ book, highest }) => {
      const mark = this.ledgers.get(book)?.readableMark;
      return { book, lines: mark?.lines ?? 0, highest, ...(mark && { digest: mark.digest }) };
    });
  }

  /** What the catalogue has, once it is forced. */
  tell<T>(look: (catalogue: Catalogue) => Promise<T>): Promise<T> {
    return this.recorded.tell(look);
  }

  submit(input: ParticipantInput): void {
    this.core.submit(input);
  }

  /** Gives the core a request; resolves with its reply once that may leave the node. */
  ask(input: (reply: number) => ParticipantInput): Promise<ProtocolReply> {
    return this.replies.wait((reply) => this.submit(input(reply)));
  }

  /** Gives the core what whoever holds the seat says; resolves with what became of it once that is forced. */
  async hearPerson(
    place: Place,
    input: (reply: number, begin: Begin | null) => ParticipantInput,
  ): Promise<PersonalAnswer> {
    const answer = await this.people.say(place, input, (said) => this.submit(said));
    // What is written here is known to the ledger alone.
    if (answer.state !== null) return answer;
    const written = await fromLedger(this.ledgers, { ...place, answer: 'recorded', digest: null });
    return { ...answer, state: written?.state ?? null };
  }

  /** One transaction as it is known here. */
  async read(place: Place): Promise<KnownTransaction | null> {
    const known = await this.tell((catalogue) => catalogue.read(place));
    const isRecovering = this.core.current.recoverer.recoveries.has(transactionId(place));
    return known && isRecovering ? { ...known, phase: 'recovering' } : known;
  }

  /** Tries now to decide a transaction, instead of at the end of its wait. Returns whether it is undecided here. */
  recover(place: Place): boolean {
    const known = this.core.current.books.get(place.book)?.open.get(place.number);
    if (known === undefined || known.decided || known.state === 'initial') return false;
    this.submit({ type: 'deadline', wait: 'retry', places: [place] });
    return true;
  }

  /** Another node lives, and tells up to which lines all is recorded, or decided, there. */
  private follow(alive: Alive): void {
    const { node, service } = alive;
    this.fetching.hear(alive);
    for (const { book, lines } of service === 'participant' ? alive.ledgers : alive.decided)
      if (lines > (this.ledgers.get(book)?.length ?? 0)) this.submit({ type: 'peer-recorded', book, lines });
    if (service === 'coordinator') return;
    this.comparison
      .hear(node, alive.ledgers)
      .catch((error: unknown) => this.options.log.error({ err: error }, 'the ledgers could not be compared'));
  }

  async close(): Promise<void> {
    this.deadlines.stop();
    this.startedNodes.stop();
    this.fetching.stop();
    this.core.stop();
    this.snapshots.stop();
    this.mending.stop();
    this.log.write();
    await this.recorded.close();
    await this.ledgers.close();
    await this.events.close();
  }

  private get catalogue(): Catalogue {
    return this.recorded.catalogue;
  }

  /** What a transaction is that is in flight here, or that a person is asked about. */
  private begun(place: Place): Begin | undefined {
    return this.catalogue.begun(place) ?? this.people.begun(place);
  }

  private append(record: CommitRecord): number {
    if (record.kind === 'aborted-alone') {
      const { reason } = record;
      const correlation = record.begin?.correlation;
      this.log.note('aborted on its own', record, { correlation, reason });
    }
    return this.recorded.append(record);
  }

  private perform(effect: Outgoing): void {
    switch (effect.type) {
      case 'reply':
        return this.replies.give(effect);
      case 'write-lines':
        return this.writeLines(effect);
      case 'ask-states':
        this.options.log.info({ ballot: effect.ballot, transactions: effect.transactions.length }, 'recovery begins');
        return this.ballots.askStates(effect);
      case 'propose':
        return this.ballots.propose(effect);
      case 'announce':
        return this.ballots.announce(effect);
      case 'fetch':
        return this.fetching.ask(effect);
      case 'ask-person':
        return this.people.ask(effect, mustKnow(effect.begin ?? this.begun(effect.place), effect.place));
      case 'dismiss-person':
        return this.people.dismiss(effect);
      case 'answer-person':
        return this.people.answer(effect);
      case 'tell-divergence':
        return this.options.bus.publish(facts.diverged, { from: this.self, ...effect.place });
      case 'name-diverged':
        return this.nameDiverged(effect);
      case 'wait':
        return this.wait(effect);
      case 'rest':
        return this.deadlines.clear(effect.place);
      case 'confirm-start':
        return this.confirmStart(effect.name);
      case 'attend':
        return this.follow(effect.alive);
      case 'report':
        return this.options.bus.refuse(
          'commit',
          effect.what,
          effect.place ? { transaction: transactionId(effect.place) } : {},
        );
      case 'alarm':
        return this.options.log.error(effect.what);
      case 'stop':
        return this.options.fail(contradiction(effect));
      case 'confirm-begin':
      case 'confirm-leave':
      case 'ask-votes':
        throw new Error(`a participant does not ${effect.type}`);
      default:
        return effect satisfies never;
    }
  }

  private nameDiverged({ place, nodes }: Effect<'name-diverged'>): void {
    this.options.log.error(
      { transaction: transactionId(place), diverged: nodes },
      'what these nodes tell of a line is not what was decided, or not what others tell: compare the ledgers with parley verify',
    );
  }

  private confirmStart(name: string): void {
    void this.startedNodes
      .under(name)
      .then((stored) => this.submit({ type: 'start-confirmed', name, stored }))
      .catch(this.options.fail);
  }

  private writeLines(effect: Effect<'write-lines'>): void {
    const { book, first, lines } = effect;
    const places = lines.map(({ outcome }, index) => {
      const place = { book, number: first + index };
      const correlation = this.catalogue.begun(place)?.correlation;
      this.log.note('recorded', place, { correlation, outcome });
      return place;
    });
    const due = places.map((place) => dueLine(this.catalogue, place));
    void this.ledgers.append(book, due).then((isWritten) => {
      if (!isWritten) return;
      for (const place of places) this.catalogue.retire(place);
      this.watch.wrote(effect);
      this.options.bus.publish(facts.recorded, { from: this.self, book, first, lines: [...lines] });
    });
  }

  private wait(effect: Effect<'wait'>): void {
    const { wait, place } = effect;
    if (wait === 'votes' || wait === 'acknowledgements') throw new Error(`a participant does not wait for ${wait}`);
    const waiting = { begun: this.begun(place), standard: STANDARD_TIMEOUTS };
    this.deadlines.set(wait, place, waitEndsAt(effect, waiting, { now: Date.now(), chance: Math.random() }));
  }
}
