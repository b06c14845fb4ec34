// What nodes write to their journals. State that must survive a crash changes only by applying a record, by the same
// function when it happens and when the journal is replayed. `begin` and `decision` are carried for the readers of the
// journal; the protocol looks at neither the texts nor the times in them.
import type { Ballot, Begin, DatedDecision, Member, Place, ProtocolName } from '@parley/contracts';
import type { Doubled, StartNonces } from './identity.js';
import type { MembershipRecord } from './membership-records.js';
import type { Proposal } from './rules.js';
import type { Chained, Numbered, UsedKey, Written } from './snapshot-records.js';

/** Why a participant aborted on its own authority, before any decision. */
export type AbortReason =
  'policy' | 'person' | 'person-silent' | 'incomplete' | 'ledger-differs' | 'no-vote-request' | 'asked-in-recovery';

/** What is frozen when a transaction begins and shared by all transactions of one message. */
export interface Terms {
  readonly list: readonly Member[];
  readonly protocol: ProtocolName;
}

/** A transaction as a protocol request names it. */
export interface Subject extends Place, Terms {
  /** Null while only the number has been heard of. */
  readonly digest: string | null;
}

interface Voted {
  readonly kind: 'voted-yes';
  readonly list: readonly Member[];
  readonly epoch: number;
  readonly begin: Begin;
}

interface AbortedAlone extends Subject {
  readonly kind: 'aborted-alone';
  readonly reason: AbortReason;
  /** The ballot that asked, or ballot 1. */
  readonly ballot: Ballot;
  readonly begin: Begin | null;
}

interface Elected extends Place {
  readonly kind: 'elected';
  readonly ballot: Ballot;
}

interface Accepted extends Place {
  readonly kind: 'accepted';
  readonly ballot: Ballot;
  readonly proposal: Proposal;
}

interface Decided extends Subject {
  readonly kind: 'decided';
  readonly decision: DatedDecision;
}

/** A decided transaction that this participant took no part in, fetched from one that knows it. */
interface Learned extends Subject {
  readonly kind: 'learned';
  readonly begin: Begin | null;
  readonly decision: DatedDecision;
}

/** Ballot counters up to this one may have been used by this node. Forced before the ballot is. */
interface Counter {
  readonly kind: 'counter';
  readonly counter: number;
}

interface Begun {
  readonly kind: 'begun';
  readonly list: readonly Member[];
  readonly epoch: number;
  readonly begin: Begin;
}

/** The ledgers of the book were seen to differ. */
interface Diverged {
  readonly kind: 'diverged';
  readonly book: string;
}

export type ParticipantRecord =
  Voted | AbortedAlone | Elected | Accepted | Decided | Learned | Counter | Written | StartNonces | Doubled;
export type CoordinatorRecord =
  Begun | Decided | Counter | Diverged | Numbered | Chained | UsedKey | StartNonces | MembershipRecord;
export type CommitRecord = ParticipantRecord | CoordinatorRecord;
