// What a coordinator remembers, and how a restarted one gets it back from its journal.
import type { Ballot, Begin, Member, Place, ProtocolName, ProtocolReply, Timeouts, Voting } from '@parley/contracts';
import type { Announced, Effect } from './effects.js';
import { noHeartbeats, type Heartbeats, type HeardAlive, type StartConfirmed } from './heartbeats.js';
import { applyIdentity, noIdentity, type Identity } from './identity.js';
import type { Heard } from './members-at-coordinator.js';
import { applyMembership } from './membership-records.js';
import { noMembers, type Membership } from './membership.js';
import { placeKey } from './place.js';
import type { CoordinatorRecord, Subject } from './records.js';
import type { Recoverer } from './recoverer.js';
import type { Proposal } from './rules.js';

export interface CoordinatedTransaction extends Subject {
  readonly digest: string;
  readonly phase: 'beginning' | 'voting' | 'acknowledging' | 'recovering';
  readonly votes: Readonly<Record<string, 'yes' | 'no'>>;
  readonly acknowledgements: readonly string[];
}

export const subjectOf = ({ book, number, list, protocol, digest }: CoordinatedTransaction): Subject => ({
  book,
  number,
  list,
  protocol,
  digest,
});

/** What the first transaction of a book has fixed for all that follow. */
export interface BookTerms {
  readonly protocol: ProtocolName;
  readonly votes: Voting;
  /** Two participants were seen to have decided one transaction differently. The book takes no more. */
  readonly diverged: boolean;
}

export interface CoordinatorState {
  readonly identity: Identity;
  readonly heartbeats: Heartbeats;
  readonly membership: Membership;
  /** The least that a list must hold, besides a majority of the registered. */
  readonly minParticipants: number;
  readonly epoch: number;
  /** The greatest number given in each book. */
  readonly numbers: ReadonlyMap<string, number>;
  readonly books: ReadonlyMap<string, BookTerms>;
  /** Begun and not decided, by transaction id, in the order of beginning. */
  readonly open: ReadonlyMap<string, CoordinatedTransaction>;
  /** Decisions found in the journal at a restart, to be told again. */
  readonly untold: readonly Announced[];
  readonly recoverer: Recoverer;
}

/** A string on its way to become a transaction. What it leaves open is the book's, or the standard. */
export interface Proposed extends Omit<Begin, 'number' | 'protocol' | 'votes' | 'timeouts'> {
  readonly protocol?: ProtocolName | undefined;
  readonly votes?: Voting | undefined;
  readonly timeouts: { readonly [Wait in keyof Timeouts]?: number | undefined };
}

/** The time-outs of those who ask for no others, ms. */
export type StandardTimeouts = Readonly<Record<Voting, Timeouts>>;

export type CoordinatorInput =
  | { readonly type: 'restarted' }
  | {
      readonly type: 'proposed';
      readonly reply: number;
      readonly proposals: readonly Proposed[];
      readonly standard: StandardTimeouts;
    }
  | { readonly type: 'begun'; readonly transactions: readonly Begin[] }
  | { readonly type: 'replied'; readonly reply: ProtocolReply }
  | {
      readonly type: 'deadline';
      readonly wait: 'votes' | 'acknowledgements' | 'retry';
      readonly places: readonly Place[];
    }
  | {
      readonly type: 'ask-ended';
      readonly ballot: Ballot;
      readonly proposal?: Proposal | undefined;
      readonly places: readonly Place[];
    }
  | { readonly type: 'decided'; readonly transactions: readonly Announced[] }
  /** A participant has seen two decisions of one transaction of the book. */
  | { readonly type: 'diverged'; readonly book: string }
  | HeardAlive
  | StartConfirmed
  /** A participant lives: its heartbeat is believed. */
  | (Heard & { readonly type: 'participant-heard' })
  /** A participant was not heard of for a while. */
  | { readonly type: 'participant-silent'; readonly member: Member }
  /** An operator wants a participant to leave. */
  | { readonly type: 'leave-asked'; readonly reply: number; readonly name: string }
  /** A participant has heard of these numbers. */
  | { readonly type: 'numbers-known'; readonly books: readonly { readonly book: string; readonly highest: number }[] };

export interface CoordinatorStep {
  readonly state: CoordinatorState;
  readonly effects: readonly Effect[];
}

/** Most decisions that a restarted coordinator tells again; participants that lack older ones fetch them. */
const TELL_AGAIN_AT_MOST = 1024;

export const newCoordinator = (node: string, minParticipants = 1): CoordinatorState => ({
  identity: noIdentity,
  heartbeats: noHeartbeats,
  membership: noMembers,
  minParticipants,
  epoch: 1,
  numbers: new Map(),
  books: new Map(),
  open: new Map(),
  untold: [],
  recoverer: { node, counter: 1, recoveries: new Map() },
});

/** Rebuilds the state from the journal's records, in order. What has only its `begin` goes to recovery, never to ballot 1. */
export function replayCoordinator(start: CoordinatorState, records: Iterable<CoordinatorRecord>): CoordinatorState {
  const numbers = new Map(start.numbers);
  const books = new Map(start.books);
  const open = new Map(start.open);
  let untold: Announced[] = [...start.untold];
  let { identity, membership } = start;
  let { counter } = start.recoverer;
  let { epoch } = start;
  for (const record of records) {
    switch (record.kind) {
      case 'begun': {
        const { book, number, digest, protocol, votes } = record.begin;
        numbers.set(book, Math.max(number, numbers.get(book) ?? 0));
        if (!books.has(book)) books.set(book, { protocol, votes, diverged: false });
        open.set(placeKey({ book, number }), {
          book,
          number,
          digest,
          list: record.list,
          protocol,
          phase: 'recovering',
          votes: {},
          acknowledgements: [],
        });
        break;
      }
      case 'decided': {
        const { decision, ...subject } = record;
        open.delete(placeKey(subject));
        untold.push({ subject, decision });
        if (untold.length > 2 * TELL_AGAIN_AT_MOST) untold = untold.slice(-TELL_AGAIN_AT_MOST);
        break;
      }
      case 'counter':
        counter = Math.max(counter, record.counter);
        break;
      case 'diverged':
        markDiverged(books, record.book);
        break;
      case 'start-nonces':
        identity = applyIdentity(identity, record);
        break;
      case 'registered':
      case 'leaving':
      case 'left':
        membership = applyMembership(membership, record);
        break;
      case 'numbered':
        numbers.set(record.book, Math.max(record.greatest, numbers.get(record.book) ?? 0));
        books.set(record.book, record.terms);
        epoch = Math.max(epoch, record.epoch);
        break;
      case 'chained':
      case 'used-key':
        break;
      default:
        record satisfies never;
    }
  }
  const recoverer = { ...start.recoverer, counter };
  return {
    ...start,
    identity,
    membership,
    epoch,
    numbers,
    books,
    open,
    untold: untold.slice(-TELL_AGAIN_AT_MOST),
    recoverer,
  };
}

/** The book takes no more transactions. */
export function markDiverged(books: Map<string, BookTerms>, book: string): void {
  const terms = books.get(book);
  if (terms) books.set(book, { ...terms, diverged: true });
}
