// What a step asks its shell to do, as data. The shell performs effects in the order given. Everything that leaves the
// node (messages, answers, lines of ledgers) is held back until the records appended before it are forced; see outbox.ts.
import type {
  Ballot,
  Begin,
  DatedDecision,
  Member,
  NumberRange,
  OpenNumbers,
  Outcome,
  Place,
  ProtocolAnswer,
} from '@parley/contracts';
import type { CommitRecord, Subject } from './records.js';
import type { Proposal } from './rules.js';

/** Writes a record. A lazy one does not hold back what leaves the node after it. */
export interface Append {
  readonly type: 'append';
  readonly record: CommitRecord;
  readonly lazy: boolean;
}

/** `begin` is forced here; tell the core by the input `begun`, and whoever proposed. */
interface ConfirmBegin {
  readonly type: 'confirm-begin';
  /** The proposal's handle; the shell knows whose it is. */
  readonly to: number;
  readonly transactions: readonly Begin[];
}

interface AskVotes {
  readonly type: 'ask-votes';
  readonly list: readonly Member[];
  readonly transactions: readonly Begin[];
  readonly open: readonly OpenNumbers[];
}

/** Ask for the states, in a recovery. When its time is up the shell gives the input `ask-ended`. */
interface AskStates {
  readonly type: 'ask-states';
  readonly ballot: Ballot;
  readonly list: readonly Member[];
  readonly transactions: readonly Subject[];
}

/** Propose a value to the list. When its time is up the shell gives the input `ask-ended`. */
interface Propose {
  readonly type: 'propose';
  readonly ballot: Ballot;
  readonly proposal: Proposal;
  readonly list: readonly Member[];
  readonly transactions: readonly Subject[];
}

/** Tell the list, and the coordinator, of decisions. */
interface Announce {
  readonly type: 'announce';
  readonly list: readonly Member[];
  readonly transactions: readonly Announced[];
}
export interface Announced {
  readonly subject: Subject;
  readonly decision: DatedDecision;
}

/** Answer a request. An answer `recorded` is completed by the shell from the ledger: the line is written. */
interface Reply {
  readonly type: 'reply';
  readonly to: number;
  readonly ballot: Ballot;
  readonly proposal?: Proposal;
  readonly answers: readonly ReplyAnswer[];
}
export type ReplyAnswer = ProtocolAnswer | (Place & { readonly answer: 'recorded' });

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
 * Start, or start again, the wait of a transaction; a new wait replaces an earlier one. A wait for a decision ends a
 * margin after `until`, the asking node's deadline for its phase (ms since the epoch; null: from now), or without the
 * margin after a restart; to either the shell adds the rank's share.
 */
export type Wait =
  | { readonly type: 'wait'; readonly wait: 'vote-request'; readonly place: Place }
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

/** Something that a correct system does not do: logged and counted, no consequence. */
interface Report {
  readonly type: 'report';
  readonly place: Place;
  readonly what: string;
}

/** This node must not go on: its journal contradicts what the others know. */
interface Stop {
  readonly type: 'stop';
  readonly place: Place;
  readonly reason: string;
}

export type Effect =
  | Append
  | ConfirmBegin
  | AskVotes
  | AskStates
  | Propose
  | Announce
  | Reply
  | WriteLines
  | Fetch
  | Wait
  | Rest
  | Report
  | Stop;

/** Groups transactions by their frozen list, so that one message serves all that share it. */
export function byList<T extends { readonly list: readonly Member[] }>(
  transactions: readonly T[],
): [readonly Member[], T[]][] {
  const groups = new Map<string, [readonly Member[], T[]]>();
  for (const transaction of transactions) {
    const key = listKey(transaction.list);
    const group = groups.get(key);
    if (group) group[1].push(transaction);
    else groups.set(key, [transaction.list, [transaction]]);
  }
  return [...groups.values()];
}

const listKey = (list: readonly Member[]): string => list.map(({ name, logId }) => `${name}/${logId}`).join();

/** Whether two frozen lists are the same. */
export const sameList = (a: readonly Member[], b: readonly Member[]): boolean => a === b || listKey(a) === listKey(b);
