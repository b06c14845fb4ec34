// A node of an exploration: the production core, the production outbox and a journal, as one immutable value. What happens
// to it is an action; `act` gives the node that it becomes and what it sends.
//
//   step, group commit   what a step appends is pending; what must not leave before it is held by the outbox
//   force                all that is pending becomes durable, and what was held leaves
//   crash                the first `kept` of the pending records have reached the disk, the others are gone, and with them
//                        all that is not in the journal. The node is back at once: to be down for a while is to receive
//                        nothing, and whether messages are lost or late makes no difference to the others
//
// A node that cannot crash any more forces at once. That reaches everything that slower disks reach: only messages tell
// others of a node, they are held until what they rest on is forced, and nothing that is sent earlier ever has to arrive.
import type { CommitRecord, Effect, ParticipantState } from '@parley/commit';
import { canonical, canonicalWithAnswers, withoutTallies } from './canonical.js';
import type { Conduct } from './conduct.js';
import type { Fact } from './facts.js';
import { decisionsOf } from './journal.js';
import { recordWithoutEvidence, toldWithoutEvidence, type Content, type Message } from './message.js';
import { contentOf } from './sending.js';
import { NOTHING_UNFORCED } from './unforced.js';
import type { Action, Append, Company, LocalStep, Node } from './node.js';
import type { Durable } from './past.js';

type Recoverer = ParticipantState['recoverer'];
export type Outgoing = Exclude<Effect, { type: 'append' }>;

/** Above every counter, so that none is ever taken up. */
const NO_MORE_COUNTERS = Number.MAX_SAFE_INTEGER;

export abstract class ExploredNode<
  State extends { readonly recoverer: Recoverer },
  Input,
  Kept extends CommitRecord,
> implements Node {
  isMortal = true;
  isRetired = false;
  protected journal: readonly Kept[] = [];
  private unforced = NOTHING_UNFORCED;
  private inputs: Input[] = [];
  private sent: Message[] = [];
  private written: Append[] = [];
  private reports: string[] = [];
  private ballots = 0;
  private stopped: string | null = null;
  private text: string | undefined;

  constructor(
    readonly name: string,
    protected state: State,
    protected readonly company: Company,
    protected readonly conduct: Conduct,
  ) {}

  protected abstract copy(): this;
  protected abstract step(state: State, input: Input): { state: State; effects: readonly Effect[] };
  protected abstract inputsFor(action: Action): readonly Input[];
  protected abstract perform(effect: Outgoing): void;
  /** Takes up what the journal has, after a crash. */
  protected abstract restart(): void;
  protected abstract durable(): unknown;
  abstract get facts(): readonly Fact[];
  abstract get isEarly(): boolean;
  abstract isPast(message: Message): boolean;

  get key(): string {
    this.text ??= this.textBy(this.conduct.rules.mayEvaluate('proposing') ? canonicalWithAnswers : canonical);
    return this.text;
  }

  get visible(): string {
    return this.textBy(withoutTallies);
  }

  /** What else of a node counts. */
  protected get more(): string {
    return '';
  }

  get pending(): number {
    return this.unforced.appends.length;
  }

  act(action: Action): LocalStep {
    return this.change((node) => node.take(action));
  }

  immortal(): LocalStep {
    return this.change((node) => {
      node.isMortal = false;
      node.force();
      node.work();
    });
  }

  retired(): LocalStep {
    return this.change((node) => {
      node.isRetired = true;
    });
  }

  /** What a crash would leave of what it has heard and decided: all of it, when there is none. */
  protected get survives(): Durable {
    const kept: readonly CommitRecord[] = this.isMortal ? this.journal : [...this.journal, ...this.records()];
    let counter = this.isMortal ? 1 : NO_MORE_COUNTERS;
    for (const record of kept) if (record.kind === 'counter') counter = Math.max(counter, record.counter);
    return { counter, decided: kept.flatMap((record) => (record.kind === 'decided' ? [record] : [])) };
  }

  protected submit(input: Input): void {
    this.inputs.push(input);
  }

  protected send(content: Content, to: readonly string[], from = this.name): void {
    this.sent.push({ ...content, from, to });
  }

  protected stop(reason: string): void {
    this.stopped ??= reason;
  }

  /** The effects that every node performs alike. */
  protected performCommon(effect: Outgoing): void {
    const sent = contentOf(effect);
    if (sent) return this.send(sent.content, sent.to(this.company), sent.from ?? this.name);
    switch (effect.type) {
      case 'report':
        this.reports.push(effect.what);
        return;
      case 'stop':
        return this.stop(effect.reason);
      case 'wait':
      case 'rest':
      case 'tell-divergence':
      case 'name-diverged':
        return;
      default:
        throw new Error(`${this.name} does not ${effect.type}`);
    }
  }

  /** The number by which a request is answered. */
  protected handleOf(asker: string): number {
    return [this.company.coordinator, ...this.company.participants].indexOf(asker);
  }

  protected askerOf(handle: number): string {
    return [this.company.coordinator, ...this.company.participants][handle] ?? '';
  }

  private textBy(text: (value: unknown) => string): string {
    const durable = this.isMortal ? [this.durable(), this.unforced.steps] : [];
    const told = this.company.fetching && !this.isMortal ? decisionsOf(this.journal) : [];
    return [this.name, text(this.state), text(durable), text(told), text(this.facts), this.more].join(' ');
  }

  private change(how: (node: this) => void): LocalStep {
    const next = this.copy();
    next.text = undefined;
    next.inputs = [];
    next.sent = [];
    next.written = [];
    next.reports = [];
    next.ballots = 0;
    how(next);
    if (next.isRetired)
      next.state = { ...next.state, recoverer: { ...next.state.recoverer, counter: NO_MORE_COUNTERS } };
    const { sent, written, ballots, reports, stopped } = next;
    return { next, sent, written, ballots, reports, stopped };
  }

  private take(action: Action): void {
    if (this.stopped !== null) return;
    switch (action.type) {
      case 'force':
        this.force();
        return this.work();
      case 'crash':
        this.crash(action.kept);
        return this.work();
      default:
        this.inputs.push(...this.inputsFor(action));
        return this.work();
    }
  }

  private work(): void {
    for (let input = this.inputs.shift(); input !== undefined && this.stopped === null; input = this.inputs.shift()) {
      const before = this.state;
      const { state, effects } = this.step(before, input);
      this.state = state;
      const asks = effects.filter(({ type }) => type === 'ask-states').length;
      if (asks > 0 && this.isRetired) this.forgetBallots(before);
      else this.ballots += asks;
      const heard = this.isRetired ? effects.filter(({ type }) => type !== 'ask-states') : effects;
      this.store(heard.flatMap((effect) => this.conduct.effect(effect)).map((effect) => this.asKept(effect)));
      const pending = this.unforced.appends.filter(({ lazy }) => !lazy).length;
      if (!this.isMortal || pending > this.company.unforcedAtMost) this.force();
    }
  }

  /** A coordinator that restarts begins a ballot. Where there is to be none any more nobody hears of it: it is none. */
  private forgetBallots({ recoverer }: State): void {
    this.state = { ...this.state, recoverer: { ...this.state.recoverer, recoveries: recoverer.recoveries } };
  }

  private asKept(effect: Effect): Effect {
    if (effect.type === 'announce') return { ...effect, transactions: effect.transactions.map(toldWithoutEvidence) };
    if (effect.type !== 'append') return effect;
    const record = recordWithoutEvidence(effect.record, this.name === this.company.coordinator);
    return { ...effect, record, lazy: effect.lazy || this.conduct.isUnforced(record) };
  }

  private store(effects: readonly Effect[]): void {
    for (const effect of effects) if (effect.type === 'append') this.written.push(effect);
    const { unforced, ready } = this.unforced.with(effects, this.conduct.newOutbox());
    this.unforced = unforced;
    for (const effect of ready) this.performOne(effect);
  }

  private force(): void {
    const held = this.unforced.held(this.conduct.newOutbox());
    this.journal = [...this.journal, ...this.records()];
    this.unforced = NOTHING_UNFORCED;
    for (const effect of held) this.performOne(effect);
  }

  private records(): Kept[] {
    return this.unforced.appends.map(({ record }) => record as Kept);
  }

  private performOne(effect: Effect): void {
    if (effect.type !== 'append' && this.stopped === null) this.perform(effect);
  }

  /** What was pending is gone, and what was held for it. */
  protected dropUnforced(): void {
    this.unforced = NOTHING_UNFORCED;
  }

  private crash(kept: number): void {
    this.journal = [...this.journal, ...this.records().slice(0, kept)];
    this.unforced = NOTHING_UNFORCED;
    this.restart();
  }
}
