// One step of a participant at work: a private draft of the state, and the effects so far. A step copies a book's map
// once, however many transactions its input carries; nothing that was handed in is ever changed.
import type { Ballot, Begin, DatedDecision, Member, NumberRange, Place } from '@parley/contracts';
import { FIRST_BALLOT, compareBallots } from './ballot.js';
import type {
  AskedPerson,
  Book,
  DraftBook,
  FetchInProgress,
  ParticipantTransaction,
  TransactionRecord,
} from './book.js';
import { applyRecord, bookOf, draftOf, emptyBook, heardOf, isBinding, numberOf, put } from './book.js';
import { sameTerms, type Effect, type ReplyAnswer } from './effects.js';
import type { ParticipantState, ParticipantStep } from './participant.js';
import type { AbortReason, Subject, Terms } from './records.js';
import type { Recoverer } from './recoverer.js';
import { forget } from './recoverer.js';
import type { E3pcRules } from './rules.js';

/** How far beyond the written lines one fetch reaches. */
const FETCH_AT_MOST = 4096;
/** In how many books lines are fetched at a time. */
const FETCHING_AT_MOST = 64;
/** Asks in a row that brought nothing, after which it is left to who tells of the lines again. That is about a minute. */
const FRUITLESS_AT_MOST = 10;
/** Most numbers, of all books, that are in flight when another one is only heard of. */
const IN_FLIGHT_AT_MOST = 100_000;

export class ParticipantTurn {
  private readonly drafts = new Map<string, DraftBook>();
  private readonly effects: Effect[] = [];
  private readonly decidedHere: Place[] = [];
  /** Numbers in flight, of all books; counted when somebody needs to know. */
  private inFlight: number | undefined;
  recoverer: Recoverer;

  constructor(
    private readonly state: ParticipantState,
    readonly at: number,
    readonly rules: E3pcRules,
  ) {
    this.recoverer = state.recoverer;
  }

  end(): ParticipantStep {
    const recoverer = forget(this.recoverer, this.decidedHere);
    return { state: { ...this.state, books: this.endedBooks, recoverer }, effects: this.effects };
  }

  /** A book of which nothing is known is not kept: anybody can name one. */
  private get endedBooks(): ReadonlyMap<string, Book> {
    if (this.drafts.size === 0) return this.state.books;
    const books = new Map<string, Book>(this.state.books);
    for (const [name, draft] of this.drafts)
      if (isEmpty(draft)) books.delete(name);
      else books.set(name, draft);
    return books;
  }

  get vote(): 'commit' | 'abort' {
    return this.state.vote;
  }

  get books(): ReadonlyMap<string, Book> {
    return this.state.books;
  }

  book(name: string): DraftBook {
    const drafted = this.drafts.get(name);
    if (drafted) return drafted;
    const draft = draftOf(this.state.books.get(name) ?? emptyBook);
    this.drafts.set(name, draft);
    return draft;
  }

  /** The transaction as known here; undefined when it is unknown or its line is written. */
  transaction({ book, number }: Place): ParticipantTransaction | undefined {
    return (this.drafts.get(book) ?? this.state.books.get(book))?.open.get(number);
  }

  /** The same, without what is only hearsay about a transaction of another list or value. */
  known(subject: Subject): ParticipantTransaction | undefined {
    const known = this.transaction(subject);
    return known && (isBinding(known) || isSame(known, subject)) ? known : undefined;
  }

  isWritten({ book, number }: Place): boolean {
    return number <= ((this.drafts.get(book) ?? this.state.books.get(book))?.written ?? 0);
  }

  /** Whether what is asked about a transaction is answered from the ledger. */
  isAnsweredFromLedger({ book, number }: Place): boolean {
    return this.rules.isAnsweredFromLedger(number, (this.drafts.get(book) ?? this.state.books.get(book))?.written ?? 0);
  }

  isMember(list: readonly Member[]): boolean {
    return this.rules.isListed(list, this.state.self);
  }

  effect(effect: Effect): void {
    this.effects.push(effect);
  }

  /** Writes a record and does what it says, by the same function that replays it. */
  append(record: TransactionRecord): void {
    const place = { book: bookOf(record), number: numberOf(record) };
    const asked = this.transaction(place)?.person;
    this.effects.push({ type: 'append', record, lazy: false });
    const due = applyRecord(this.book(place.book), record);
    if (due) this.effects.push({ type: 'write-lines', book: place.book, ...due });
    if (asked) this.dismissPerson(place, asked);
  }

  /**
   * Takes note of a transaction that is heard of and not on record, and tells whether it did. Who may publish can tell of
   * numbers without end: past a bound they are not kept. Whoever lacks one votes no until it has fetched the line.
   */
  hearOf({ book, number }: Place, terms: Terms, digest: string | null): boolean {
    this.inFlight ??= [...new Map<string, Pick<Book, 'open'>>([...this.state.books, ...this.drafts]).values()].reduce(
      (sum, { open }) => sum + open.size,
      0,
    );
    if (this.inFlight >= IN_FLIGHT_AT_MOST) {
      this.effect({ type: 'report', place: null, what: 'told of more open numbers than are kept' });
      return false;
    }
    this.inFlight += 1;
    this.note({ book, number }, heardOf(terms, digest));
    return true;
  }

  /** How many lines of a book are written. */
  writtenOf(book: string): number {
    return (this.drafts.get(book) ?? this.state.books.get(book))?.written ?? 0;
  }

  /** Changes what is known of a transaction beside its durable state. */
  note({ book, number }: Place, transaction: ParticipantTransaction): void {
    put(this.book(book), number, transaction);
  }

  /** Whatever a person was asked for is settled: those who wait for the person's answer get what is true now. */
  private dismissPerson(place: Place, { replies, kind }: AskedPerson): void {
    this.effects.push({ type: 'dismiss-person', place });
    const answer = settledAnswer(place, this.transaction(place));
    const proposal = kind === 'acknowledgement' ? { proposal: 'pre-commit' as const } : {};
    for (const to of replies)
      this.effects.push({ type: 'reply', to, ballot: FIRST_BALLOT, ...proposal, answers: [answer] });
  }

  /** Aborts on this participant's own authority; it never says yes to the transaction afterwards. */
  abortAlone(
    { book, number, list, protocol, digest }: Subject,
    reason: AbortReason,
    ballot: Ballot,
    begin: Begin | null,
  ): void {
    this.append({ kind: 'aborted-alone', book, number, list, protocol, digest, reason, ballot, begin });
  }

  decide({ book, number, list, protocol, digest }: Subject, decision: DatedDecision): void {
    this.append({ kind: 'decided', book, number, list, protocol, digest, decision });
    this.settled({ book, number });
    this.fetchBelow(book, number);
  }

  /** The transaction is decided: its waits and ballots end. */
  settled(place: Place): void {
    this.decidedHere.push(place);
    this.effects.push({ type: 'rest', place });
  }

  waitForDecision(
    place: Place,
    { list }: ParticipantTransaction,
    { until = null, margin = true }: { until?: number | null; margin?: boolean } = {},
  ): void {
    const rank = list.findIndex(({ name }) => name === this.state.self.name);
    this.effects.push({ type: 'wait', wait: 'decision', place, until, margin, rank: Math.max(rank, 0) });
  }

  /** A line waits for every lower one: those that are unknown here were decided earlier, or were forgotten in a crash. */
  fetchBelow(name: string, number: number): void {
    const { known } = this.drafts.get(name) ?? this.state.books.get(name) ?? emptyBook;
    if (known < number - 1) this.fetchUpTo(name, number - 1);
  }

  /** Asks the others for the numbers up to `wanted` that this participant needs from them. One ask at a time. */
  fetchUpTo(name: string, wanted: number): void {
    const running = (this.drafts.get(name) ?? this.state.books.get(name))?.fetch;
    if (!running) this.fetch(name, wanted, null);
    else if (running.wanted < wanted) this.book(name).fetch = { ...running, wanted };
  }

  /** The ask for a book is over: whatever is still needed is asked for again, later when nothing came of it. */
  fetchAgain(name: string): void {
    const ended = this.book(name).fetch;
    if (ended === null) return;
    this.book(name).fetch = null;
    this.fetch(name, ended.wanted, ended);
  }

  private fetch(name: string, wanted: number, ended: FetchInProgress | null): void {
    const known = this.drafts.get(name) ?? this.state.books.get(name) ?? emptyBook;
    const { ranges, missing } = this.needed(name, known, Math.min(wanted, known.written + FETCH_AT_MOST));
    const first = ranges[0]?.first;
    if (first === undefined || (ended === null && this.fetchingBooks >= FETCHING_AT_MOST)) return;
    const inVain = ended !== null && first === ended.first && missing >= ended.missing;
    const fruitless = inVain ? ended.fruitless + 1 : 0;
    if (fruitless > FRUITLESS_AT_MOST) return;
    this.book(name).fetch = { wanted, first, missing, fruitless };
    this.effects.push({ type: 'fetch', book: name, fruitless, ranges });
  }

  private get fetchingBooks(): number {
    let fetching = 0;
    for (const [name, { fetch }] of this.state.books) if ((this.drafts.get(name) ?? { fetch }).fetch) fetching += 1;
    for (const [name, { fetch }] of this.drafts) if (fetch && !this.state.books.has(name)) fetching += 1;
    return fetching;
  }

  /**
   * Numbers that are unknown here, or known only as other members' business; their lines must come from the others. With
   * 3pc and 2pc a decision that was missed may be known to the coordinator alone, so it is asked for too. What is decided
   * between two of them is asked for as well: lines confirm those right below them.
   */
  private needed(
    name: string,
    { written, open }: Pick<Book, 'written' | 'open'>,
    last: number,
  ): { ranges: NumberRange[]; missing: number } {
    const ranges: { book: string; first: number; last: number }[] = [];
    let missing = 0;
    let isBridged = false;
    for (let number = written + 1; number <= last; number += 1) {
      const known = open.get(number);
      if (known?.decided) continue;
      const range = isBridged ? ranges.at(-1) : undefined;
      // What it is to settle itself it does not ask for.
      isBridged = known === undefined || known.protocol !== 'e3pc' || !this.isMember(known.list);
      if (!isBridged) continue;
      missing += 1;
      if (range) range.last = number;
      else ranges.push({ book: name, first: number, last: number });
    }
    return { ranges, missing };
  }
}

/** Whether a transaction that is known is the one that is told of. */
export const isSame = (known: ParticipantTransaction, subject: Subject): boolean =>
  sameTerms(known, subject) && (known.digest === null || subject.digest === null || known.digest === subject.digest);

const isEmpty = ({ written, open, fetch, disagreeing }: Book): boolean =>
  written === 0 && open.size === 0 && fetch === null && disagreeing.length === 0;

/** What a request about a transaction is answered once a person's answer to it is not waited for any more. */
function settledAnswer(place: Place, transaction: ParticipantTransaction | undefined): ReplyAnswer {
  if (transaction === undefined) return { ...place, answer: 'recorded', digest: null };
  const { state, votedYes, decided, lastElected, lastAttempt } = transaction;
  if (decided) return { ...place, answer: 'decided', state, lastAttempt };
  if (state === 'aborted') return { ...place, answer: 'no' };
  if (votedYes && state === 'waiting' && compareBallots(lastElected, FIRST_BALLOT) === 0)
    return { ...place, answer: 'yes' };
  return { ...place, answer: 'superseded', lastElected };
}
