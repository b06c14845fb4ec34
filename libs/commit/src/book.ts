// One book at one participant: which transactions it knows and which lines are due.
//
// Line n of a ledger is transaction n, so a line is due only when every lower one is written: a decision may have to
// wait for lower numbers, it never waits to be made. Numbers up to `written` live in the ledger alone; only those above
// are kept here, so a book's state is as large as what is in flight.
//
// Durable state changes by `applyRecord` only, when a record is appended and when the journal is replayed.
import type {
  Ballot,
  DatedDecision,
  Member,
  Outcome,
  ParticipantStateName,
  ProtocolName,
  Voting,
} from '@parley/contracts';
import { FIRST_BALLOT, NO_BALLOT } from './ballot.js';
import type { IdentityRecord } from './identity.js';
import type { AbortReason, ParticipantRecord, Terms } from './records.js';

/** One transaction at one participant; the names are those of Keidar and Dolev 1998. */
export interface ParticipantTransaction {
  /** Null while only the number has been heard of. */
  readonly digest: string | null;
  readonly list: readonly Member[];
  readonly protocol: ProtocolName;
  readonly state: ParticipantStateName;
  /** A yes of this participant is on record. */
  readonly votedYes: boolean;
  /** The ballot last promised; starts at the coordinator's. */
  readonly lastElected: Ballot;
  /** The ballot in which a proposal was last accepted. */
  readonly lastAttempt: Ballot;
  /** Who votes here, and what a person is asked for now. Not durable: after a restart nobody waits for a person. */
  readonly votes: Voting;
  readonly person: AskedPerson | null;
  /** Why this participant aborted on its own, if it did. */
  readonly abortReason: AbortReason | null;
  /** A person has acknowledged the pre-commit of ballot 1. */
  readonly acknowledged: boolean;
  /** When the decision is known, when it was made. An abort of one's own is not yet a decision. */
  readonly decided: { readonly outcome: Outcome; readonly decidedAt: number } | null;
}

/** A person is asked to vote, or to acknowledge the pre-commit of ballot 1. */
export interface AskedPerson {
  readonly kind: 'vote' | 'acknowledgement';
  /** Handles of the coordinator's requests that the person's answer will answer. */
  readonly replies: readonly number[];
  readonly epoch: number;
  /** When the coordinator stops waiting for it, ms since the epoch. */
  readonly until: number;
}

export interface Book {
  /** Lines written: the ledger ends with this number. */
  readonly written: number;
  /** Every number up to this one is written or known. */
  readonly known: number;
  /** What is being fetched from the other participants; null when nothing is. */
  readonly fetch: FetchInProgress | null;
  /** Participants whose ledgers were seen to hold something else. Not durable: they are compared again. */
  readonly disagreeing: readonly string[];
  /** What is known above `written`. */
  readonly open: ReadonlyMap<number, ParticipantTransaction>;
}

export interface FetchInProgress {
  /** Numbers up to this one are wanted. */
  readonly wanted: number;
  /** The first number of the last ask, and how many it was for. */
  readonly first: number;
  readonly missing: number;
  /** Asks in a row that brought nothing. */
  readonly fruitless: number;
}

/** Lines that have become due, in order. */
export interface DueLines {
  readonly first: number;
  readonly lines: readonly { readonly outcome: Outcome; readonly decidedAt: number }[];
}

/** A book while a step works on it: the step's own copy. */
export interface DraftBook {
  written: number;
  known: number;
  fetch: FetchInProgress | null;
  disagreeing: readonly string[];
  open: Map<number, ParticipantTransaction>;
}

export const emptyBook: Book = { written: 0, known: 0, fetch: null, disagreeing: [], open: new Map() };

export const draftOf = (book: Book): DraftBook => ({ ...book, open: new Map(book.open) });

export const heardOf = ({ list, protocol }: Terms, digest: string | null): ParticipantTransaction => ({
  digest,
  list,
  protocol,
  state: 'initial',
  votedYes: false,
  lastElected: FIRST_BALLOT,
  lastAttempt: NO_BALLOT,
  votes: 'automatic',
  person: null,
  abortReason: null,
  acknowledged: false,
  decided: null,
});

/**
 * Whether what is known of a transaction binds this participant: it is on record, or a person is asked about it. Of what is
 * only heard of, list and value are hearsay, and give way to what is told otherwise.
 */
export const isBinding = ({ state, votedYes, decided, person }: ParticipantTransaction): boolean =>
  votedYes || state !== 'initial' || decided !== null || person !== null;

/** The greatest number that was given for certain, as far as this book shows: what a made-up list names does not. */
export function highestGiven({ written, open }: Book, isMember: (list: readonly Member[]) => boolean): number {
  let highest = written;
  for (const [number, known] of open) if (isBinding(known) || isMember(known.list)) highest = Math.max(highest, number);
  return highest;
}

/** Puts a transaction into the book. */
export function put(book: DraftBook, number: number, transaction: ParticipantTransaction): void {
  if (number <= book.written) return;
  book.open.set(number, transaction);
  while (book.open.has(book.known + 1)) book.known += 1;
}

/** A record that belongs to one transaction. */
export type TransactionRecord = Exclude<ParticipantRecord, { kind: 'counter' | 'written' | IdentityRecord['kind'] }>;

export const isOfTransaction = (record: ParticipantRecord): record is TransactionRecord =>
  record.kind === 'voted-yes' || 'number' in record;

export const numberOf = (record: TransactionRecord): number =>
  record.kind === 'voted-yes' ? record.begin.number : record.number;

export const bookOf = (record: TransactionRecord): string =>
  record.kind === 'voted-yes' ? record.begin.book : record.book;

/** A book whose lines up to this one stand in its ledger. */
export const writtenBook = (lines: number): DraftBook => ({ ...draftOf(emptyBook), written: lines, known: lines });

/** Changes the durable state as the record says, and takes out of the book the lines that are due because of it. */
export function applyRecord(book: DraftBook, record: TransactionRecord): DueLines | undefined {
  const number = numberOf(record);
  if (number <= book.written) return undefined;
  put(book, number, changed(book.open.get(number), record));
  return record.kind === 'decided' || record.kind === 'learned' ? takeDueLines(book) : undefined;
}

function changed(before: ParticipantTransaction | undefined, record: TransactionRecord): ParticipantTransaction {
  switch (record.kind) {
    case 'voted-yes': {
      const { digest, protocol, votes } = record.begin;
      const known = boundBy(before) ?? heardOf({ list: record.list, protocol }, digest);
      return { ...known, list: record.list, protocol, digest, votes, state: 'waiting', votedYes: true, person: null };
    }
    case 'aborted-alone':
      return {
        ...(boundBy(before) ?? heardOf(record, record.digest)),
        digest: record.digest,
        state: 'aborted',
        abortReason: record.reason,
        lastElected: record.ballot,
        person: null,
      };
    case 'elected':
      return { ...mustKnow(before, record), lastElected: record.ballot, person: null };
    case 'accepted':
      return { ...mustKnow(before, record), state: record.proposal, lastAttempt: record.ballot, person: null };
    case 'decided':
    case 'learned': {
      const known = boundBy(before) ?? heardOf(record, record.digest);
      const { outcome, decidedAt } = record.decision satisfies DatedDecision;
      return { ...known, state: outcome, decided: { outcome, decidedAt }, person: null };
    }
    default:
      return record satisfies never;
  }
}

const boundBy = (known: ParticipantTransaction | undefined): ParticipantTransaction | undefined =>
  known && isBinding(known) ? known : undefined;

function mustKnow(transaction: ParticipantTransaction | undefined, record: TransactionRecord): ParticipantTransaction {
  if (transaction === undefined)
    throw new Error(
      `the journal has "${record.kind}" for ${bookOf(record)}-${String(numberOf(record))} before any vote`,
    );
  return transaction;
}

function takeDueLines(book: DraftBook): DueLines | undefined {
  const first = book.written + 1;
  const lines: DueLines['lines'][number][] = [];
  for (;;) {
    const decided = book.open.get(book.written + 1)?.decided;
    if (!decided) break;
    book.written += 1;
    book.open.delete(book.written);
    lines.push(decided);
  }
  book.known = Math.max(book.known, book.written);
  return lines.length === 0 ? undefined : { first, lines };
}
