// The shell around the coordinator's core: the journal, the bus, the clock. It decides nothing.
import type { Catalogue, Recorded } from '@parley/catalogue';
import {
  applyIdentity,
  Deadlines,
  stepCoordinator,
  waitEndsAt,
  type BeginVerdict,
  type CommitRecord,
  type CoordinatorInput,
  type CoordinatorState,
  type LeaveVerdict,
  type Proposed,
  type StandardTimeouts,
} from '@parley/commit';
import {
  transactionId,
  type Alive,
  type Book,
  type KnownTransaction,
  type LedgerMark,
  type Member,
  type NumberRange,
  type Place,
} from '@parley/contracts';
import type { Bus } from '@parley/messaging';
import {
  Askers,
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
import type { IdempotencyKeys } from './idempotency.js';
import { LedgerMarks } from './ledger-marks.js';
import { openCoordinator, type Opened } from './opening.js';
import { Retention } from './retention.js';
import { snapshotRecords } from './snapshots.js';
import { begunIn, booksOf, decidedOf, membersOf, type Members } from './standing.js';

/** Name of the coordinator as a node: it stands in ballots and in evidence. */
export const COORDINATOR = 'coordinator';

/** Most inputs, or effects that wait for the journal, before new proposals are refused. */
const BACKLOG = 10_000;

/** How long transactions in flight may take at an orderly stop. */
const FINISH_MS = 2_000;

export interface CoordinatorShellOptions {
  readonly folder: string;
  readonly bus: Bus;
  readonly log: Logger;
  /** The least that a list must hold. */
  readonly minParticipants: number;
  readonly timeouts: StandardTimeouts;
  readonly faults: boolean;
  /** Ends the waiting for the broker's store. */
  readonly signal?: AbortSignal | undefined;
  /** Bytes that are appended to the journal before it is cut. */
  readonly snapshotBytes: number;
  readonly keys: IdempotencyKeys;
  /** The node cannot go on. */
  readonly fail: (error: Error) => void;
}

export class CoordinatorShell {
  readonly failpoints: Failpoints | undefined;
  private readonly log: TransactionLog;
  private readonly core: Shell<CoordinatorState, CoordinatorInput>;
  private readonly deadlines: Deadlines<'votes' | 'acknowledgements' | 'retry'>;
  private readonly ballots: Ballots;
  private readonly events: Events;
  private readonly snapshots: Snapshots;
  private readonly retention: Retention;
  private readonly recorded: Recorded;
  private readonly chains: Opened['chains'];
  private readonly ledgerMarks: LedgerMarks;
  /** When the newest transaction began, ms since the epoch; 0 before the first. */
  newestAt: number;
  private readonly proposers = new Askers<readonly BeginVerdict[]>();
  private readonly dismissers = new Askers<LeaveVerdict>();
  private whenNothingIsOpen: () => void = () => undefined;
  private readonly startedNodes: StartedNodes;
  private follow: (alive: Alive) => void = () => undefined;

  private constructor(
    private readonly options: CoordinatorShellOptions,
    { recorded, state, chains, newestAt }: Opened,
  ) {
    const { bus, timeouts, faults, keys, log, fail } = options;
    this.recorded = recorded;
    this.chains = chains;
    this.retention = new Retention(COORDINATOR, recorded.catalogue, bus);
    this.startedNodes = new StartedNodes(bus, options.log);
    this.newestAt = newestAt;
    this.log = new TransactionLog(options.log);
    this.events = Events.on(bus, COORDINATOR, options.log);
    this.failpoints = faults ? new Failpoints(() => bus.flush()) : undefined;
    this.deadlines = new Deadlines((wait, places) => this.submit({ type: 'deadline', wait, places }), systemClock);
    this.ledgerMarks = new LedgerMarks(chains, log);
    this.ballots = new Ballots({
      bus,
      node: COORDINATOR,
      now: Date.now,
      timeouts: timeouts.automatic,
      begun: (place) => this.catalogue.begun(place),
      replied: (reply) => {
        this.ledgerMarks.hear(reply);
        this.submit({ type: 'replied', reply });
      },
      ended: (ask) => this.submit({ type: 'ask-ended', ...ask }),
    });
    this.core = new Shell({
      state,
      step: stepCoordinator,
      journal: recorded.journal,
      append: (record) => this.append(record),
      perform: (effect) => this.perform(effect),
      watch: new Watch(this.events),
      failpoints: this.failpoints,
      now: Date.now,
      limit: BACKLOG,
    });
    this.snapshots = new Snapshots({
      journal: recorded.journal,
      everyBytes: options.snapshotBytes,
      records: () => snapshotRecords(this.core.current, recorded, { chains, keys, newestAt: this.newestAt }),
      cut: (records) => recorded.cut(records),
      failpoints: this.failpoints,
      log,
      fail,
    });
  }

  /** Reads the journal. Rejects with a JournalError when it cannot be trusted. */
  static async open(options: CoordinatorShellOptions): Promise<CoordinatorShell> {
    const opened = await openCoordinator({ ...options, node: COORDINATOR });
    const { recorded, state } = opened;
    let { identity } = state;
    const nonce = await startUnderNonce({
      bus: options.bus,
      log: options.log,
      self: { name: COORDINATOR, logId: recorded.journal.logId },
      nonces: state.identity.nonces,
      mayStartAnew: false,
      record: (nonces) => {
        const record = { kind: 'start-nonces', nonces } as const;
        identity = applyIdentity(identity, record);
        return recorded.journal.forced(recorded.append(record));
      },
      signal: options.signal,
    });
    const shell = new CoordinatorShell(options, { ...opened, state: { ...state, identity } });
    shell.startedNodes.keep(shell.self, nonce);
    // Before anybody is heard: participants that are there are believed at once, and no proposal is refused meanwhile.
    await Promise.all([...state.membership.registered.keys()].map((name) => shell.lookUp(name)));
    return shell;
  }

  private get catalogue(): Catalogue {
    return this.recorded.catalogue;
  }

  /** What the catalogue has, once it is forced. */
  tell<T>(look: (catalogue: Catalogue) => Promise<T>): Promise<T> {
    return this.recorded.tell(look);
  }

  /** Its name, and the identity of its journal. */
  get self(): Member {
    return { name: COORDINATOR, logId: this.recorded.journal.logId };
  }

  /** Another start that lives under its name, so that this one gives no numbers; undefined when there is none. */
  get rival(): string | undefined {
    return this.core.current.identity.rival ?? undefined;
  }

  /** The nonce of this start. */
  get nonce(): string {
    const [nonce] = this.core.current.identity.nonces;
    if (nonce === undefined) throw new Error('a coordinator serves without a nonce');
    return nonce;
  }

  /** Begun and not decided. */
  get openTransactions(): number {
    return this.core.current.open.size;
  }

  /** Up to which number all of each book is decided. */
  get decided(): ReturnType<typeof decidedOf> {
    return decidedOf(this.core.current);
  }

  get members(): Members {
    return membersOf(this.core.current);
  }

  get overloaded(): boolean {
    return this.core.overloaded;
  }

  submit(input: CoordinatorInput): void {
    this.core.submit(input);
  }

  /** Resolves with what became of the proposals, in their order, once every `begin` is forced. */
  begin(proposals: readonly Proposed[]): Promise<readonly BeginVerdict[]> {
    const standard = this.options.timeouts;
    return this.proposers.wait((reply) => this.submit({ type: 'proposed', reply, proposals, standard }));
  }

  /** Resolves with what became of an operator's wish that a participant leaves. */
  leave(name: string): Promise<LeaveVerdict> {
    return this.dismissers.wait((reply) => this.submit({ type: 'leave-asked', reply, name }));
  }

  /** One transaction as it is known here; null also when it is recorded and no longer kept here. */
  async read(place: Place): Promise<KnownTransaction | null> {
    const known = await this.tell((catalogue) => catalogue.read(place));
    return known && this.withPhase(known);
  }

  /** Whether the number was given, so that who does not find its transaction here finds it at the participants. */
  wasGiven({ book, number }: Place): boolean {
    return number <= (this.core.current.numbers.get(book) ?? 0);
  }

  /** Whether every transaction that ever began is still kept here. */
  get keepsAll(): boolean {
    return this.catalogue.size === begunIn(this.core.current);
  }

  /** What ledgers must hold, as chained digests, among these lines. */
  marks(ranges: readonly NumberRange[]): LedgerMark[] {
    return this.chains.marks(ranges);
  }

  /** From now on heartbeats that are believed are handed on to `follow`. */
  whenHeard(follow: (alive: Alive) => void): void {
    this.follow = follow;
  }

  /** A participant tells what it has recorded: what a majority has, is not kept here. */
  hearRecorded(member: Member, ledgers: readonly { book: string; lines: number; digest?: string | undefined }[]): void {
    this.ledgerMarks.hear({ from: member, ledgers });
    this.retention.hear(member, ledgers);
  }

  /** How far the deciding of a transaction is. */
  withPhase(known: KnownTransaction): KnownTransaction {
    const phase = this.core.current.open.get(transactionId(known.begin))?.phase;
    return phase === undefined ? known : { ...known, phase: phase === 'beginning' ? 'voting' : phase };
  }

  /** Tries now to decide a transaction that its ballot 1 has left open. Returns whether it waits for that. */
  recover(place: Place): boolean {
    const isOpen = this.core.current.open.get(transactionId(place))?.phase === 'recovering';
    if (isOpen) this.submit({ type: 'deadline', wait: 'retry', places: [place] });
    return isOpen;
  }

  get books(): Book[] {
    return booksOf(this.core.current);
  }

  /** Resolves when nothing is in flight any more, or when what is must be left to a recovery after the next start. */
  finish(): Promise<void> {
    if (this.openTransactions === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.whenNothingIsOpen = resolve;
      setTimeout(resolve, FINISH_MS).unref();
    });
  }

  async close(): Promise<void> {
    this.deadlines.stop();
    this.startedNodes.stop();
    this.core.stop();
    this.snapshots.stop();
    this.log.write();
    await this.recorded.close();
    await this.events.close();
  }

  private append(record: CommitRecord): number {
    const position = this.recorded.append(record);
    if (record.kind === 'begun') this.newestAt = Math.max(this.newestAt, record.begin.createdAt);
    if (record.kind === 'decided') {
      const { outcome, rule, decidedBy } = record.decision;
      const begun = this.catalogue.begun(record);
      this.log.note('decided', record, { correlation: begun?.correlation, outcome, rule, decidedBy });
      this.chains.decided(record, outcome === 'committed' ? (begun?.value ?? '') : '');
    }
    return position;
  }

  private perform(effect: Outgoing): void {
    switch (effect.type) {
      case 'confirm-begin':
        return this.confirm(effect);
      case 'confirm-leave':
        this.dismissers.answer(effect.to, effect.verdict);
        return;
      case 'ask-votes':
        return this.ballots.askVotes(effect);
      case 'ask-states':
        this.options.log.info({ ballot: effect.ballot, transactions: effect.transactions.length }, 'recovery begins');
        return this.ballots.askStates(effect);
      case 'propose':
        return this.ballots.propose(effect);
      case 'announce':
        this.ballots.announce(effect);
        if (this.openTransactions === 0) this.whenNothingIsOpen();
        return;
      case 'wait':
        return this.wait(effect);
      case 'rest':
        return this.deadlines.clear(effect.place);
      case 'confirm-start':
        return void this.lookUp(effect.name).catch(this.options.fail);
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
        return this.options.fail(outdated(effect));
      case 'reply':
      case 'write-lines':
      case 'fetch':
      case 'ask-person':
      case 'dismiss-person':
      case 'answer-person':
      case 'tell-divergence':
      case 'name-diverged':
        throw new Error(`a coordinator does not ${effect.type}`);
      default:
        return effect satisfies never;
    }
  }

  private async lookUp(name: string): Promise<void> {
    const stored = await this.startedNodes.under(name);
    this.submit({ type: 'start-confirmed', name, stored });
  }

  private confirm({ to, results }: Extract<Outgoing, { type: 'confirm-begin' }>): void {
    const transactions = results.flatMap((result) => ('begun' in result ? result.begun : []));
    for (const begin of transactions) this.log.note('begun', begin, { correlation: begin.correlation });
    this.proposers.answer(to, results);
    this.submit({ type: 'begun', transactions });
  }

  private wait(effect: Extract<Outgoing, { type: 'wait' }>): void {
    const { wait, place } = effect;
    if (wait === 'vote-request' || wait === 'decision') throw new Error(`a coordinator does not wait for a ${wait}`);
    const waiting = { begun: this.catalogue.begun(place), standard: this.options.timeouts.automatic };
    this.deadlines.set(wait, place, waitEndsAt(effect, waiting, { now: Date.now(), chance: Math.random() }));
  }
}

const outdated = ({ place, reason }: Extract<Outgoing, { type: 'stop' }>): Error =>
  new Error(
    `${transactionId(place)}: ${reason}. The coordinator's journal is missing or older than the participants'. Bring back ` +
      'its folder as it was last: a coordinator that numbers anew would give numbers twice.',
  );
