// What a step asks its shell to do, as data. The shell performs effects in the order given. Everything that leaves the
// node (messages, answers, lines of ledgers) is held back until the records appended before it are forced; see outbox.ts.
import type {
  Alive,
  Ballot,
  Begin,
  DatedDecision,
  Member,
  NumberRange,
  OpenNumbers,
  Outcome,
  PersonalAnswer,
  Place,
  ProtocolAnswer,
} from '@parley/contracts';
import type { CommitRecord, Subject, Terms } from './records.js';
import type { Proposal } from './rules.js';

/** Writes a record. A lazy one does not hold back what leaves the node after it. */
export interface Append {
  readonly type: 'append';
  readonly record: CommitRecord;
  readonly lazy: boolean;
}

/** What became of proposals, in their order. What began is forced here; tell that to the core by the input `begun`. */
interface ConfirmBegin {
  readonly type: 'confirm-begin';
  /** The proposals' handle; the shell knows whose they are. */
  readonly to: number;
  readonly results: readonly BeginVerdict[];
}
export type BeginVerdict =
  | { readonly begun: Begin; readonly list: readonly Member[] }
  | { readonly refused: RefusalCode; readonly detail: string };
type RefusalCode = 'book-protocol' | 'book-votes' | 'book-diverged' | 'coordinator-doubled' | 'participants-missing';

/** What became of an operator's wish that a participant leaves; what it rests on is forced. */
interface ConfirmLeave {
  readonly type: 'confirm-leave';
  readonly to: number;
  readonly verdict: LeaveVerdict;
}
export interface LeaveVerdict {
  /** It is registered, or was. */
  readonly known: boolean;
  readonly left: boolean;
  /** While it has not left: what still needs it. */
  readonly outstanding: readonly string[];
}

interface AskVotes extends Terms {
  readonly type: 'ask-votes';
  readonly transactions: readonly Begin[];
  readonly open: readonly OpenNumbers[];
}

/** Ask for the states, in a recovery. When its time is up the shell gives the input `ask-ended`. */
interface AskStates extends Terms {
  readonly type: 'ask-states';
  readonly ballot: Ballot;
  readonly transactions: readonly Subject[];
}

/** Propose a value to the list. When its time is up the shell gives the input `ask-ended`. */
interface Propose extends Terms {
  readonly type: 'propose';
  readonly ballot: Ballot;
  readonly proposal: Proposal;
  readonly transactions: readonly Subject[];
}

/** Tell the list, and the coordinator, of decisions. */
interface Announce extends Terms {
  readonly type: 'announce';
  readonly transactions: readonly Announced[];
}
export interface Announced {
  readonly subject: Subject;
  readonly decision: DatedDecision;
}

/**
 * Answer a request. An answer `recorded` is completed by the shell from the ledger, where the line is written: decided, or
 * a mismatch if the line's string has another digest.
 */
interface Reply {
  readonly type: 'reply';
  readonly to: number;
  readonly ballot: Ballot;
  readonly proposal?: Proposal;
  readonly answers: readonly ReplyAnswer[];
}
export type ReplyAnswer = ProtocolAnswer | (Place & { readonly answer: 'recorded'; readonly digest: string | null });

/** Ask whoever holds this participant's seat, until `deadline` (ms since the epoch). `begin` is with a vote. */
export interface AskPerson {
  readonly type: 'ask-person';
  readonly kind: 'vote' | 'acknowledgement';
  readonly place: Place;
  readonly begin: Begin | null;
  readonly deadline: number;
}

/** Nothing is asked of a person any more. */
interface DismissPerson {
  readonly type: 'dismiss-person';
  readonly place: Place;
}

/** What became of a person's vote or acknowledgement, and the state that the transaction then has here. */
interface AnswerPerson {
  readonly type: 'answer-person';
  readonly to: number;
  readonly place: Place;
  readonly answer: PersonalAnswer;
}

/** Append the next lines of a ledger, in this order. */
interface WriteLines {
  readonly type: 'write-lines';
  readonly book: string;
  readonly first: number;
  readonly lines: readonly { readonly outcome: Outcome; readonly decidedAt: number }[];
}

/**
 * Ask the other participants and the coordinator for decided transactions (an abort by the vote deadline may be known to
 * the coordinator alone), after a random wait that grows with `fruitless`. When its time is
 * up the shell gives the input `fetch-ended`.
 */
interface Fetch {
  readonly type: 'fetch';
  readonly book: string;
  readonly fruitless: number;
  readonly ranges: readonly NumberRange[];
}

/**
 * Start, or start again, the wait of a transaction; a new wait replaces an earlier one. A wait for a vote request ends at
 * `until` (ms since the epoch), where that is known. A wait for a decision ends a
 * margin after `until`, the asking node's deadline for its phase (ms since the epoch; null: from now), or without the
 * margin after a restart; to either the shell adds the rank's share.
 */
export type Wait =
  | { readonly type: 'wait'; readonly wait: 'vote-request'; readonly place: Place; readonly until: number | null }
  | { readonly type: 'wait'; readonly wait: 'votes'; readonly place: Place }
  | { readonly type: 'wait'; readonly wait: 'acknowledgements'; readonly place: Place }
  | {
      readonly type: 'wait';
      readonly wait: 'decision';
      readonly place: Place;
      readonly until: number | null;
      readonly margin: boolean;
      readonly rank: number;
    }
  | { readonly type: 'wait'; readonly wait: 'retry'; readonly place: Place; readonly attempt: number };

/** The transaction waits for nothing more. */
interface Rest {
  readonly type: 'rest';
  readonly place: Place;
}

/**
 * Two decisions of one transaction are known here, or another ledger is seen to differ up to this line. Tell the
 * coordinator: it knows whether that is the book's protocol, 3pc, which has failed.
 */
interface TellDivergence {
  readonly type: 'tell-divergence';
  readonly place: Place;
}

/**
 * What these nodes tell of a line is not what was decided, or not what others tell: an operator must know whose ledgers
 * have diverged.
 */
interface NameDiverged {
  readonly type: 'name-diverged';
  readonly place: Place;
  readonly nodes: readonly string[];
}

/**
 * Ask the broker's key-value store who has started last under a name. What it holds is the input `start-confirmed`, also
 * when it does not answer.
 */
interface ConfirmStart {
  readonly type: 'confirm-start';
  readonly name: string;
}

/** A heartbeat is believed: follow what it says, and its sender's silence. */
interface Attend {
  readonly type: 'attend';
  readonly alive: Alive;
}

/** Something that a correct system does not do: logged and counted, no consequence. */
interface Report {
  readonly type: 'report';
  /** Null when it is about no transaction. */
  readonly place: Place | null;
  readonly what: string;
}

/** This node must not go on: its journal contradicts what the others know. */
interface Stop {
  readonly type: 'stop';
  readonly place: Place;
  readonly reason: string;
}

/** Something that an operator must put right before this node takes part again: logged loudly. */
interface Alarm {
  readonly type: 'alarm';
  readonly what: string;
}

export type Effect =
  | Append
  | ConfirmLeave
  | ConfirmBegin
  | AskVotes
  | AskStates
  | Propose
  | Announce
  | Reply
  | AskPerson
  | DismissPerson
  | AnswerPerson
  | WriteLines
  | Fetch
  | Wait
  | Rest
  | ConfirmStart
  | Attend
  | TellDivergence
  | NameDiverged
  | Report
  | Alarm
  | Stop;

/** Groups transactions by their terms, so that one message serves all that share them. */
export function byTerms<T extends Terms>(transactions: readonly T[]): [Terms, T[]][] {
  const groups = new Map<string, [Terms, T[]]>();
  for (const transaction of transactions) {
    const { list, protocol } = transaction;
    const key = `${protocol} ${listKey(list)}`;
    const group = groups.get(key);
    if (group) group[1].push(transaction);
    else groups.set(key, [{ list, protocol }, [transaction]]);
  }
  return [...groups.values()];
}

const listKey = (list: readonly Member[]): string => list.map(({ name, logId }) => `${name}/${logId}`).join();

const sameList = (a: readonly Member[], b: readonly Member[]): boolean => a === b || listKey(a) === listKey(b);

/** Whether two transactions have the same list and protocol. */
export const sameTerms = (a: Terms, b: Terms): boolean => a.protocol === b.protocol && sameList(a.list, b.list);
