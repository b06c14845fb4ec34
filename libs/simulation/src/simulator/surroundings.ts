// What every process of a simulation stands in, and what processes hear of each other.
import type { CommitRecord, E3pcRules, Effect, Outbox, ParticipantInput } from '@parley/commit';
import type {
  DecidedTransaction,
  LedgerMark,
  Member,
  NumberRange,
  ProtocolName,
  ProtocolReply,
  Timeouts,
} from '@parley/contracts';
import type { Agenda } from './agenda.js';
import type { Counts } from './counts.js';
import type { History } from './history.js';
import type { Network } from './network.js';
import type { Random } from './random.js';

export type Outgoing = Exclude<Effect, { type: 'append' }>;
export type Of<Type extends Outgoing['type']> = Extract<Outgoing, { type: Type }>;
type Input<Type extends ParticipantInput['type']> = Omit<Extract<ParticipantInput, { type: Type }>, 'reply'>;

/** A request of the protocol, as it is published to all participants. */
export type Request = Input<'vote-requested'> | Input<'states-asked'> | Input<'proposed'>;
export type Announced = Of<'announce'>['transactions'][number];

/** What a node tells the others every second. */
export interface Alive {
  readonly from: Member;
  /** Of this life of the node. */
  readonly nonce: string;
  /** It is fetching nothing. */
  readonly complete: boolean;
  /** Up to which line, or decided number, it has all of a book, and the greatest number that it has heard of. */
  readonly books: readonly { readonly book: string; readonly lines: number; readonly highest: number }[];
}

/** An answer to who fetches lines. */
export interface ToldLines {
  readonly from: string;
  readonly decided: readonly DecidedTransaction[];
  readonly marks: readonly LedgerMark[];
}

/** A node as the network reaches it. */
export interface Hearer {
  readonly name: string;
  /** Hands over a message: at once, after a freeze, or never. */
  receive(action: () => void): void;
  hearRequest(request: Request, respond: (reply: ProtocolReply) => void): void;
  hearDecisions(transactions: readonly Announced[]): void;
  hearFetch(ranges: readonly NumberRange[], respond: (told: ToldLines) => void): void;
  hearAlive(alive: Alive): void;
  /** Somebody has seen two decisions of a transaction of the book. */
  hearDivergence(book: string): void;
  /** Somebody has just started, and wants to know who lives. */
  hearCall(): void;
}

/** What a run may be made of instead of what production is made of: for what a simulation must find. */
export interface Variant {
  readonly rules?: E3pcRules;
  readonly outbox?: () => Outbox;
  /** Records that every disk reports as forced too early. */
  readonly lies?: (record: CommitRecord) => boolean;
  /** Records that every snapshot leaves out. */
  readonly snapshotWithout?: (record: CommitRecord) => boolean;
  /** Journals are cut before the ledgers are forced. */
  readonly ledgersUnforced?: boolean;
}

export interface Surroundings {
  readonly agenda: Agenda;
  readonly network: Network;
  /** For what is no fault: how long a write takes, when a ballot is tried again. */
  readonly random: Random;
  readonly history: History;
  readonly counts: Counts;
  readonly timeouts: Timeouts;
  /** Of every book. */
  readonly protocol: ProtocolName;
  /** What a person does who is asked: answers so, after so many ms. */
  readonly person: () => { readonly afterMs: number; readonly vote: 'commit' | 'abort' };
  readonly variant: Variant;
  /** After how many records a journal is cut; null: never. */
  readonly snapshotEvery: number | null;
  /** Whether replies are handed over also when nobody waits for them any more. */
  readonly lateReplies: boolean;
  readonly participants: readonly Hearer[];
  readonly everybody: readonly Hearer[];
  /** A node has died by itself: its disk is full, or it must not go on. */
  readonly died: (name: string, because: string) => void;
  /** Adds to the story of the run, when somebody wants it. */
  readonly note: (who: string, text: () => string) => void;
}
