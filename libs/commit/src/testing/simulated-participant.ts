// A participant of the simulated cluster: the pure core with a ledger, and what it can tell the others of its journal.
import type {
  Begin,
  DatedDecision,
  DecidedTransaction,
  Member,
  NumberRange,
  Outcome,
  PersonalAnswer,
  Place,
  ProtocolAnswer,
} from '@parley/contracts';
import type { Effect, ReplyAnswer, Wait } from '../effects.js';
import {
  newParticipant,
  numbersGiven,
  replayParticipant,
  stepParticipant,
  type ParticipantInput,
  type ParticipantState,
} from '../participant.js';
import { linked, type FetchedFrom } from '../fetched-lines.js';
import { placeKey } from '../place.js';
import type { CommitRecord, ParticipantRecord } from '../records.js';
import type { E3pcRules } from '../rules.js';
import type { Kind, Message } from './messages.js';
import { SimulatedNode, type Ask, type DeadlineKind, type Outgoing, type Surroundings } from './simulated-node.js';

interface Reply {
  readonly to: string;
  readonly kind: Extract<Kind, 'vote' | 'state' | 'acknowledgement'>;
}

export class SimulatedParticipant extends SimulatedNode<ParticipantState, ParticipantInput, ParticipantRecord> {
  /** The lines of each book; an aborted transaction's is empty. */
  readonly ledgers = new Map<string, string[]>();
  private readonly replies = new Map<number, Reply>();
  private readonly fetching = new Set<string>();
  /** The answers to its asks for lines. */
  private toldLines: FetchedFrom[] = [];
  private readonly asked = new Map<string, { kind: 'vote' | 'acknowledgement'; begin: Begin | null }>();
  /** What the person who spoke last was told. */
  told: PersonalAnswer | undefined;
  private lastReply = 0;

  constructor(
    readonly self: Member,
    surroundings: Surroundings,
    private readonly vote: 'commit' | 'abort',
    private readonly rules: E3pcRules,
  ) {
    super(self.name, surroundings, newParticipant(self, vote));
    surroundings.history.joined(self);
  }

  receive(message: Message): void {
    switch (message.kind) {
      case 'vote-request':
        return this.submit({ ...message.request, reply: this.replyTo(message.from, 'vote') });
      case 'state-request':
        return this.submit({ ...message.request, reply: this.replyTo(message.from, 'state') });
      case 'proposal':
        return this.submit({ ...message.request, reply: this.replyTo(message.from, 'acknowledgement') });
      case 'vote':
      case 'divergence':
        return;
      case 'state':
      case 'acknowledgement':
        return this.submit({ type: 'replied', reply: message.reply });
      case 'decision':
        return this.submit({ type: 'decided', transactions: message.transactions });
      case 'fetch-request':
        return this.surroundings.send(this.name, message.from, {
          kind: 'fetched',
          transactions: decidedAmong(this.journal.forced, message.ranges),
        });
      case 'fetched':
        // What has come so far is judged together, as what comes until the end of the ask is in production.
        this.toldLines.push(linked({ from: message.from, decided: message.transactions }, () => ''));
        return this.submit({ type: 'fetched', coordinator: 'coordinator', replies: this.toldLines });
    }
  }

  /** What whoever holds the seat is asked for now. */
  askedOfPerson(place: Place): 'vote' | 'acknowledgement' | undefined {
    return this.asked.get(placeKey(place))?.kind;
  }

  /** A person speaks. Returns what the person is told; undefined while that is held back. */
  hearPerson(
    input: (reply: number, begin: Begin | null) => ParticipantInput,
    place: Place,
  ): PersonalAnswer | undefined {
    this.told = undefined;
    this.submit(input(0, this.asked.get(placeKey(place))?.begin ?? null));
    return this.told;
  }

  hearPeer(book: string, lines: number): void {
    this.submit({ type: 'peer-recorded', book, lines });
  }

  linesOf(book: string): readonly string[] {
    return this.ledgers.get(book) ?? [];
  }

  /** The state that the paper gives the transaction here; `unknown` when this participant has not heard of it. */
  standing(place: Place): string {
    const book = this.state.books.get(place.book);
    if (book && place.number <= book.written) return this.outcome(place);
    return book?.open.get(place.number)?.state ?? 'unknown';
  }

  /** The greatest number heard of in each book. */
  numbersKnown(): { book: string; highest: number }[] {
    return numbersGiven(this.state);
  }

  isDecided({ book, number }: Place): boolean {
    const known = this.state.books.get(book);
    return known !== undefined && (number <= known.written || Boolean(known.open.get(number)?.decided));
  }

  override crash(): void {
    super.crash();
    this.asked.clear();
    this.replies.clear();
    this.fetching.clear();
    this.toldLines = [];
  }

  override deadlines(): DeadlineKind[] {
    return this.fetching.size > 0 ? [...super.deadlines(), 'lines'] : super.deadlines();
  }

  override passDeadline(kind: DeadlineKind, place?: Place): boolean {
    if (kind !== 'lines') return super.passDeadline(kind, place);
    const ended = [...this.fetching];
    this.fetching.clear();
    this.toldLines = [];
    for (const book of ended) this.submit({ type: 'fetch-ended', book });
    return ended.length > 0;
  }

  protected step(
    state: ParticipantState,
    input: ParticipantInput,
    at: number,
  ): { state: ParticipantState; effects: readonly Effect[] } {
    return stepParticipant(state, input, at, this.rules);
  }

  protected perform(effect: Outgoing): void {
    switch (effect.type) {
      case 'reply':
        return this.reply(effect);
      case 'write-lines':
        effect.lines.forEach(({ outcome }, index) => {
          this.write({ book: effect.book, number: effect.first + index }, outcome, this.journal.forced);
        });
        return;
      case 'fetch':
        this.fetching.add(effect.book);
        return this.surroundings.publish(this.name, { kind: 'fetch-request', ranges: effect.ranges }, ['coordinator']);
      case 'ask-person':
        this.asked.set(placeKey(effect.place), { kind: effect.kind, begin: effect.begin });
        return;
      case 'dismiss-person':
        this.asked.delete(placeKey(effect.place));
        return;
      case 'answer-person':
        this.told = effect.answer;
        return;
      case 'confirm-begin':
      case 'confirm-leave':
        throw new Error('a participant begins nothing');
      default:
        return this.performCommon(effect);
    }
  }

  protected replay(records: readonly ParticipantRecord[]): ParticipantState {
    const before = new Map([...this.ledgers].map(([book, lines]) => [book, lines.length]));
    this.ledgers.clear();
    const state = replayParticipant(newParticipant(this.self, this.vote), records, (book, { first, lines }) => {
      lines.forEach(({ outcome }, index) => {
        this.write({ book, number: first + index }, outcome, records);
      });
    });
    for (const [book, length] of before)
      if (this.linesOf(book).length < length) throw new Error(`${this.name} lost lines of ${book} that it had written`);
    return state;
  }

  protected deadlinePassed(wait: Wait['wait'], places: readonly Place[]): ParticipantInput {
    if (wait === 'votes' || wait === 'acknowledgements') throw new Error(`a participant does not wait for ${wait}`);
    return { type: 'deadline', wait, places };
  }

  protected answersEnded(ask: Ask): ParticipantInput {
    return { type: 'ask-ended', ...ask };
  }

  protected restarted(): ParticipantInput {
    return { type: 'restarted' };
  }

  private replyTo(to: string, kind: Reply['kind']): number {
    this.lastReply += 1;
    this.replies.set(this.lastReply, { to, kind });
    return this.lastReply;
  }

  private reply({ to, ballot, proposal, answers }: Extract<Outgoing, { type: 'reply' }>): void {
    const reply = this.replies.get(to);
    if (reply === undefined) throw new Error(`${this.name} answered a request twice`);
    this.replies.delete(to);
    this.surroundings.send(this.name, reply.to, {
      kind: reply.kind,
      reply: {
        from: this.self,
        ballot,
        ...(proposal && { proposal }),
        answers: answers.map((answer) => this.fromLedger(answer)),
      },
    });
  }

  /** What the ledger has recorded is answered from the ledger. */
  private fromLedger(answer: ReplyAnswer): ProtocolAnswer {
    if (answer.answer !== 'recorded') return answer;
    const { book, number } = answer;
    const line = this.linesOf(book)[number - 1];
    if (line === undefined) throw new Error(`${this.name} has no line ${placeKey(answer)} to answer from`);
    return { book, number, answer: 'decided', state: line === '' ? 'aborted' : 'committed' };
  }

  private write(place: Place, outcome: Outcome, records: readonly ParticipantRecord[]): void {
    const text = outcome === 'committed' ? beginOf(records, place)?.value : '';
    if (text === undefined) throw new Error(`${this.name} has no string for the line of ${placeKey(place)}`);
    const lines = this.ledgers.get(place.book) ?? [];
    this.ledgers.set(place.book, lines);
    if (lines.push(text) !== place.number) throw new Error(`${this.name} wrote ${placeKey(place)} out of order`);
    this.surroundings.history.wrote(this.name, place, text);
  }
}

function beginOf(records: readonly CommitRecord[], place: Place): Begin | undefined {
  for (const record of records)
    if ('begin' in record && record.begin && placeKey(record.begin) === placeKey(place)) return record.begin;
  return undefined;
}

/** The decided transactions among the ranges, as a node's journal has them. */
export function decidedAmong(records: readonly CommitRecord[], ranges: readonly NumberRange[]): DecidedTransaction[] {
  const found = new Map<string, DecidedTransaction>();
  for (const record of records) {
    if (record.kind !== 'decided' && record.kind !== 'learned') continue;
    const { book, number, list, protocol } = record;
    const isAsked = ranges.some((range) => range.book === book && range.first <= number && number <= range.last);
    if (!isAsked || found.has(placeKey(record))) continue;
    const decision: DatedDecision = record.decision;
    found.set(placeKey(record), {
      book,
      number,
      list: [...list],
      protocol,
      begin: beginOf(records, record) ?? null,
      decision,
    });
  }
  return [...found.values()];
}
