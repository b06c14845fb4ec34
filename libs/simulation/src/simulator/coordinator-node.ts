// The coordinator of the simulation: its core, the participants that it has heard of, and the proposals of clients.
import {
  Chains,
  ableMembers,
  coordinatorSnapshot,
  decidedExtent,
  newCoordinator,
  replayCoordinator,
  stepCoordinator,
  type CommitRecord,
  type CoordinatorInput,
  type CoordinatorRecord,
  type CoordinatorState,
  type Effect,
} from '@parley/commit';
import type { DecidedTransaction, Member, NumberRange, Place, Voting } from '@parley/contracts';
import { SimulatedNode, type CommonInput } from './node.js';
import { digestOf, nextDigest } from './digests.js';
import { Retention } from './retention.js';
import type { Alive, Hearer, Of, Outgoing, Surroundings, ToldLines } from './surroundings.js';

/** With fewer on a list, a lost journal could leave no quorum. */
const MIN_PARTICIPANTS = 3;

/** A participant that was not heard of for so long is put into no list, ms. */
const SILENT_MS = 3_000;

type Wait = 'votes' | 'acknowledgements' | 'retry';

/** A proposal of a client, as often as the client sends it. */
export interface Proposal {
  readonly key: string;
  readonly book: string;
  readonly value: string;
  readonly votes: Voting;
}

/** The transaction that was begun for a key; null until its `begin` is forced. */
interface Use {
  /** What was proposed under the key. */
  readonly body: string;
  place: Place | null;
  readonly waiting: ((place: Place) => void)[];
}

export class SimulatedCoordinator extends SimulatedNode<CoordinatorState, CoordinatorInput, Wait> implements Hearer {
  /** What ends when a participant is heard of again: the wait until it counts as silent. */
  private readonly silences = new Map<string, () => void>();
  private readonly keys = new Map<string, Use>();
  private chains = new Chains(nextDigest);
  private readonly retention = new Retention();
  private readonly confirmations = new Map<number, Use>();
  private lastConfirmation = 0;
  private readonly leaves = new Map<number, (left: boolean) => void>();

  constructor(self: Member, world: Surroundings) {
    super(self, world, newCoordinator(self.name, MIN_PARTICIPANTS));
  }

  override crash(): void {
    super.crash();
    this.silences.clear();
    this.keys.clear();
    this.chains = new Chains(nextDigest);
    this.retention.clear();
    this.confirmations.clear();
    this.leaves.clear();
  }

  /** How many transactions are begun and not decided here. */
  get open(): number {
    return this.state.open.size;
  }

  /** Whether it would put this member into the list of a new transaction. */
  canList({ name, logId }: Member): boolean {
    return ableMembers(this.state.membership).some((member) => member.name === name && member.logId === logId);
  }

  // --- what it hears ---

  /** Begins a transaction, or answers with the one that the key has begun; nothing while participants are missing. */
  hearProposal({ key, book, value, votes }: Proposal, respond: (place: Place) => void): void {
    const used = this.keys.get(key);
    if (used?.place) {
      const { place } = used;
      this.world.counts.proposalsRepeated += 1;
      return this.whenForced(() => respond(place));
    }
    if (used) return void used.waiting.push(respond);
    const use: Use = { body: value, place: null, waiting: [respond] };
    this.keys.set(key, use);
    const reply = (this.lastConfirmation += 1);
    this.confirmations.set(reply, use);
    const { protocol, timeouts } = this.world;
    const createdAt = Math.round(this.clock.now());
    this.submit({
      type: 'proposed',
      reply,
      proposals: [
        {
          book,
          value,
          digest: digestOf(value),
          protocol,
          votes,
          timeouts,
          proposer: 'client',
          correlation: '',
          createdAt,
          idempotency: { key, body: value },
        },
      ],
      standard: { automatic: timeouts, manual: timeouts },
    });
  }

  /** An operator wants a participant to leave, and is told whether it has left. */
  hearLeave(name: string, respond: (left: boolean) => void): void {
    const reply = (this.lastConfirmation += 1);
    this.leaves.set(reply, respond);
    this.submit({ type: 'leave-asked', reply, name });
  }

  hearDivergence(book: string): void {
    this.submit({ type: 'diverged', book });
  }

  hearRequest(): void {
    throw new Error('a coordinator is no participant');
  }

  hearAlive({ from: member, nonce, books, complete }: Alive): void {
    // In this order: a coordinator that must not give numbers stops before it knows its participants.
    this.submit({ type: 'numbers-known', books });
    this.submit({ type: 'participant-heard', member, nonce, doubled: false, complete, lines: books });
    const key = `${member.name}/${member.logId}`;
    this.retention.hear(member, books, this.catalogue);
    this.silences.get(key)?.();
    this.silences.set(
      key,
      this.after(SILENT_MS, () => this.submit({ type: 'participant-silent', member })),
    );
  }

  // --- what its core wants done ---

  protected step(
    state: CoordinatorState,
    input: CoordinatorInput | CommonInput,
    at: number,
  ): { state: CoordinatorState; effects: readonly Effect[] } {
    return stepCoordinator(state, input, at, this.world.variant.rules);
  }

  protected perform(effect: Outgoing): void {
    switch (effect.type) {
      case 'confirm-begin':
        return this.confirm(effect);
      case 'confirm-leave':
        this.leaves.get(effect.to)?.(effect.verdict.left);
        return void this.leaves.delete(effect.to);
      case 'ask-votes':
        return this.ballots.askVotes(effect);
      case 'reply':
      case 'write-lines':
      case 'fetch':
      case 'ask-person':
      case 'dismiss-person':
      case 'answer-person':
      case 'tell-divergence':
      case 'name-diverged':
      case 'confirm-start':
      case 'attend':
        throw new Error(`a coordinator does not ${effect.type}`);
      default:
        return this.performCommon(effect);
    }
  }

  protected replay(records: readonly CommitRecord[]): CoordinatorState {
    for (const record of records) this.takeUp(record);
    return replayCoordinator(newCoordinator(this.name, MIN_PARTICIPANTS), records as readonly CoordinatorRecord[]);
  }

  protected told(decided: readonly DecidedTransaction[], ranges: readonly NumberRange[]): Omit<ToldLines, 'from'> {
    return { decided, marks: this.chains.marks(ranges) };
  }

  protected snapshot(): () => readonly CommitRecord[] {
    const { state } = this;
    const kept = this.catalogue.records;
    const chained = this.chains.kept.map((mark): CommitRecord => ({ kind: 'chained', ...mark }));
    const used = [...this.keys].flatMap(([key, { body, place }]): CommitRecord[] =>
      place ? [{ kind: 'used-key', key, body, createdAt: 0, ...place }] : [],
    );
    return () => [...chained, ...used, ...coordinatorSnapshot(state, kept, 0)];
  }

  protected override append(record: CommitRecord): number {
    const position = super.append(record);
    this.chain(record);
    return position;
  }

  private chain(record: CommitRecord): void {
    if (record.kind !== 'decided') return;
    this.chains.decided(record, record.decision.outcome === 'committed' ? this.catalogue.textOf(record) : '');
  }

  protected waitsFor(wait: Of<'wait'>['wait']): wait is Wait {
    return wait === 'votes' || wait === 'acknowledgements' || wait === 'retry';
  }

  protected deadline(wait: Wait, places: readonly Place[]): CoordinatorInput {
    return { type: 'deadline', wait, places };
  }

  /** Up to which number all of each book is decided. */
  protected get books(): Alive['books'] {
    return [...decidedExtent(this.state)].map(([book, lines]) => ({ book, lines, highest: lines }));
  }

  private confirm({ to, results }: Of<'confirm-begin'>): void {
    const use = this.confirmations.get(to);
    this.confirmations.delete(to);
    const begun = results.flatMap((result) => ('begun' in result ? [result] : []));
    const [first] = begun;
    if (use && first) {
      const place = placeOf(first.begun);
      if (first.list.length < this.world.participants.length) this.world.counts.listsShort += 1;
      use.place = place;
      for (const respond of use.waiting.splice(0)) respond(place);
    } else if (use) {
      // A refusal keeps no key: the client asks again.
      for (const [key, kept] of this.keys) if (kept === use) this.keys.delete(key);
    }
    const transactions = begun.map((result) => result.begun);
    this.submit({ type: 'begun', transactions });
  }

  private takeUp(record: CommitRecord): void {
    switch (record.kind) {
      case 'begun':
        if (record.begin.idempotency) this.use(record.begin.idempotency, record.begin);
        return;
      case 'used-key':
        return this.use(record, record);
      case 'chained':
        return this.chains.resume(record.book, record.lines, record.digest);
      default:
        return this.chain(record);
    }
  }

  private use({ key, body }: { readonly key: string; readonly body: string }, place: Place): void {
    this.keys.set(key, { body, place: placeOf(place), waiting: [] });
  }
}

const placeOf = ({ book, number }: Place): Place => ({ book, number });
