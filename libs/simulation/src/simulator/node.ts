// A node of the simulation: a production core with the production outbox and waits, and between them what libs/shell does
// with a real journal, bus and clock. It comes back from a crash with what its disk has kept; it decides nothing.
import { Deadlines, Outbox, waitEndsAt, type CommitRecord, type Effect, type ParticipantInput } from '@parley/commit';
import type { Begin, DecidedTransaction, Member, NumberRange, Outcome, Place } from '@parley/contracts';
import { Ambush } from './ambush.js';
import { Ballots } from './ballots.js';
import { Catalogue } from './catalogue.js';
import type { Disk } from './disk.js';
import { diskOf } from './disk-of-node.js';
import { Violation, idOf } from './history.js';
import { SimulatedProcess } from './process.js';
import { Snapshots } from './snapshots.js';
import { tellRecord } from './story.js';
import type { Alive, Announced, Of, Outgoing, Surroundings, ToldLines } from './surroundings.js';

/** How often a node tells that it lives, ms. */
const HEARTBEAT_MS = 1000;

/** What both cores take. */
export type CommonInput = Extract<ParticipantInput, { type: 'restarted' | 'replied' | 'ask-ended' | 'decided' }>;

/** What both cores want done alike. */
type CommonEffect = Of<'ask-states' | 'propose' | 'announce' | 'wait' | 'rest' | 'report' | 'alarm' | 'stop'>;

export abstract class SimulatedNode<State, Input, Wait extends string> extends SimulatedProcess {
  disk: Disk<CommitRecord>;
  protected catalogue = this.newCatalogue();
  protected readonly ballots: Ballots;
  protected readonly deadlines: Deadlines<Wait>;
  private readonly snapshots: Snapshots;
  private outbox: Outbox;
  private inputs: (Input | CommonInput)[] = [];
  private ready: Outgoing[] = [];
  private isWorking = false;
  private starts = 0;
  private whenForcedThrough: { readonly through: number; readonly action: () => void }[] = [];
  private readonly ambush = new Ambush();

  constructor(
    public self: Member,
    protected readonly world: Surroundings,
    protected state: State,
  ) {
    super(self.name, world.agenda);
    this.disk = diskOf(self, world);
    this.outbox = this.newOutbox();
    this.deadlines = new Deadlines((wait, places) => this.submit(this.deadline(wait, places)), this.clock);
    this.ballots = new Ballots(
      this,
      world,
      (place) => this.begun(place),
      (followup) => this.submit(followup),
    );
    this.snapshots = new Snapshots(this, world, {
      disk: () => this.disk,
      whenForced: (action) => this.whenForced(action),
      records: () => this.snapshot(),
      force: () => this.forceFiles(),
    });
  }

  protected abstract step(
    state: State,
    input: Input | CommonInput,
    at: number,
  ): { readonly state: State; readonly effects: readonly Effect[] };
  protected abstract perform(effect: Outgoing): void;
  /** The state that the records of the journal say. */
  protected abstract replay(records: readonly CommitRecord[]): State;
  /** The records of a snapshot of its present state, for when all that was appended until now is forced. */
  protected abstract snapshot(): () => readonly CommitRecord[];
  protected abstract deadline(wait: Wait, places: readonly Place[]): Input;
  protected abstract get books(): Alive['books'];
  /** What it answers to who fetches lines, of what its journal has decided. */
  protected abstract told(
    decided: readonly DecidedTransaction[],
    ranges: readonly NumberRange[],
  ): Omit<ToldLines, 'from'>;
  protected abstract waitsFor(wait: Of<'wait'>['wait']): wait is Of<'wait'>['wait'] & Wait;

  /** What a journal that is cut leaves to other files. */
  protected forceFiles(): void {
    // A coordinator has none.
  }

  protected archived(_place: Place): DecidedTransaction | undefined {
    return undefined;
  }

  /** It is fetching nothing. */
  protected get complete(): boolean {
    return true;
  }

  /** Starts the process, unless its disk has no room. */
  start(): void {
    if (this.isUp || this.disk.isFull) return;
    this.live();
    this.starts += 1;
    const records = this.disk.open(
      (through) => this.receive(() => this.forced(through)),
      () => this.world.died(this.name, 'its disk is full'),
    );
    this.snapshots.reset();
    this.world.note(this.name, () => `starts with ${String(records.length)} records`);
    for (const record of records) this.catalogue.note(record);
    this.state = this.replayed(records);
    this.submit({ type: 'restarted' });
    this.beat();
    this.ballots.publish(
      this.world.everybody,
      () => 'asks who lives',
      (node) => node.hearCall(),
    );
  }

  /** The process is gone, and with it all that was not on the disk. */
  crash(): void {
    if (!this.isUp) return;
    this.world.note(this.name, () => 'CRASHES');
    this.die();
    this.snapshots.died();
    this.inputs = [];
    this.ready = [];
    this.whenForcedThrough = [];
    this.ambush.callOff();
    this.deadlines.stop();
    this.outbox = this.newOutbox();
    this.catalogue = this.newCatalogue();
    this.disk.crash();
  }

  /** Calls `strike` right after so many more of its effects, or of those of one type. */
  lieInWait(effects: number, strike: () => void, type?: Outgoing['type']): void {
    this.ambush.set({ left: effects, strike, type });
  }

  /** Calls off `lieInWait`. */
  standDown(): void {
    this.ambush.callOff();
  }

  submit(input: Input | CommonInput): void {
    if (!this.isUp) return;
    this.inputs.push(input);
    this.work();
  }

  hearCall(): void {
    const alive: Alive = { from: this.self, nonce: String(this.starts), books: this.books, complete: this.complete };
    this.ballots.publish(
      this.world.everybody.filter(({ name }) => name !== this.name),
      () => 'lives',
      (node) => node.hearAlive(alive),
    );
  }

  hearDecisions(transactions: readonly Announced[]): void {
    this.submit({ type: 'decided', transactions });
  }

  hearFetch(ranges: readonly NumberRange[], respond: (told: ToldLines) => void): void {
    const told = this.told(this.catalogue.decided(ranges), ranges);
    this.whenForced(() => respond({ from: this.name, ...told }));
  }

  /** The decision, if its journal or its ledger has one, as soon as that is forced. */
  readOutcome(place: Place, respond: (outcome: Outcome | undefined) => void): void {
    const outcome = this.catalogue.decision(place)?.outcome;
    this.whenForced(() => respond(outcome));
  }

  protected performCommon(effect: CommonEffect): void {
    switch (effect.type) {
      case 'ask-states':
        return this.ballots.askStates(effect);
      case 'propose':
        return this.ballots.propose(effect);
      case 'announce':
        return this.ballots.announce(effect);
      case 'wait':
        if (!this.waitsFor(effect.wait)) throw new Error(`${this.name} does not wait for ${effect.wait}`);
        return this.wait(effect.wait, effect);
      case 'rest':
        return this.deadlines.clear(effect.place);
      case 'report':
      case 'alarm':
      case 'stop':
        return this.contradiction(effect);
      default:
        return effect satisfies never;
    }
  }

  /** The transaction as this node knows it. */
  protected begun(place: Place): Begin | undefined {
    return this.catalogue.begun(place);
  }

  /** Calls `action` once all that was appended so far is forced: an answer may rest on it. */
  protected whenForced(action: () => void): void {
    const through = this.disk.appendedLength;
    if (through <= this.disk.reportedLength) action();
    else this.whenForcedThrough.push({ through, action });
  }

  private wait(wait: Wait, effect: Of<'wait'>): void {
    const waiting = { begun: this.begun(effect.place), standard: this.world.timeouts };
    const circumstances = { now: this.clock.now(), chance: this.world.random.unit() };
    this.deadlines.set(wait, effect.place, waitEndsAt(effect, waiting, circumstances));
  }

  /** What a correct system does not do. */
  private contradiction(effect: Of<'report'> | Of<'alarm'> | Of<'stop'>): never {
    const what = effect.type === 'stop' ? effect.reason : effect.what;
    const about = effect.type === 'alarm' || effect.place === null ? '' : `, ${idOf(effect.place)}`;
    throw new Violation('a node contradicts itself', `${this.name}${about}: ${what}`);
  }

  private newCatalogue(): Catalogue {
    return new Catalogue((place) => this.archived(place));
  }

  private newOutbox(): Outbox {
    return this.world.variant.outbox?.() ?? new Outbox();
  }

  private beat(): void {
    this.hearCall();
    this.after(HEARTBEAT_MS, () => this.beat());
  }

  private forced(through: number): void {
    this.ready.push(...(this.outbox.forced(through) as Outgoing[]));
    const waiting = this.whenForcedThrough;
    this.whenForcedThrough = waiting.filter((it) => it.through > through);
    for (const it of waiting) if (it.through <= through) it.action();
    this.work();
    this.snapshots.consider();
  }

  private work(): void {
    if (this.isWorking) return;
    this.isWorking = true;
    for (;;) {
      this.performReady();
      const input = this.inputs.shift();
      if (input === undefined) break;
      const { state, effects } = this.step(this.state, input, this.clock.now());
      this.state = state;
      this.ready.push(...(this.outbox.take(effects, (record) => this.append(record)) as Outgoing[]));
    }
    this.isWorking = false;
  }

  private performReady(): void {
    for (let effect = this.ready.shift(); effect !== undefined; effect = this.ready.shift()) {
      this.perform(effect);
      this.ambush.passed(effect);
    }
  }

  private replayed(records: readonly CommitRecord[]): State {
    try {
      return this.replay(records);
    } catch (error) {
      if (error instanceof Violation) throw error;
      throw new Violation('a node contradicts itself', `${this.name} cannot start: ${String(error)}`);
    }
  }

  protected append(record: CommitRecord): number {
    this.world.note(this.name, () => tellRecord(record));
    this.world.history.appended(this.self, record);
    this.catalogue.note(record);
    return this.disk.append(record);
  }
}
