// A transaction as it is kept and as it is told.
import { z } from 'zod';
import { line } from './line.js';
import { ballot, bookName, member, nodeName, roomName, transactionNumber } from './names.js';

export const protocol = z
  .enum(['e3pc', '3pc', '2pc'])
  .describe(
    'e3pc: Enhanced three-phase commit, Keidar and Dolev 1998. Safe under every crash and partition; a majority decides. ' +
      '3pc: three-phase commit, Skeen 1981. UNSAFE UNDER PARTITION: ledgers can come to differ. Offered to show it. ' +
      '2pc: two-phase commit, Gray 1978. Safe; waits while the coordinator is away.',
  );
export type ProtocolName = z.infer<typeof protocol>;

/** What a protocol promises. It stands in every answer about a transaction, so that nobody uses `3pc` unawares. */
export const guarantee = z
  .enum(['safe', 'unsafe-under-partition'])
  .describe('safe: no two ledgers ever disagree. unsafe-under-partition: under a partition or a delay they can.');

/** What each protocol promises. */
export const guarantees: Readonly<Record<ProtocolName, z.infer<typeof guarantee>>> = {
  e3pc: 'safe',
  '3pc': 'unsafe-under-partition',
  '2pc': 'safe',
};

export const voting = z
  .enum(['automatic', 'manual'])
  .describe('automatic: participants vote by themselves. manual: whoever holds a participant’s seat is asked.');
export type Voting = z.infer<typeof voting>;

export const outcome = z.enum(['committed', 'aborted']);
export type Outcome = z.infer<typeof outcome>;

/** Waits in milliseconds; see the deadline table in docs/commit-protocol.md. */
export const timeouts = z.strictObject({
  voteRequestMs: z.number().int().min(50).max(3_600_000).describe('participant, initial: wait for a vote request'),
  voteMs: z.number().int().min(50).max(3_600_000).describe('coordinator: wait for votes'),
  acknowledgementMs: z.number().int().min(50).max(3_600_000).describe('coordinator: wait for acknowledgements'),
  decisionMs: z
    .number()
    .int()
    .min(50)
    .max(3_600_000)
    .describe('participant, waiting or pre-commit: wait beyond the coordinator’s deadline before it asks the others'),
});
export type Timeouts = z.infer<typeof timeouts>;

/**
 * What a transaction is, fixed when it begins: everything that a node needs to vote, to write the line, and to tell
 * others. Times are milliseconds since the epoch by the coordinator's clock; they never enter the protocol's state.
 */
export const begin = z.object({
  book: bookName,
  number: transactionNumber,
  value: line,
  digest: z
    .string()
    .length(43)
    .describe(
      'SHA-256 of the value, base64url: between nodes and in journals only; digests that people see are hexadecimal',
    ),
  protocol,
  votes: voting,
  timeouts: timeouts.strip(),
  proposer: z
    .string()
    .min(1)
    .max(64)
    .describe('name of the user who proposed it, or `operator`, a name that no user can have'),
  correlation: z.string().max(64).describe('ties log lines of all processes to the HTTP request'),
  createdAt: z.number().int(),
  idempotency: z
    .object({ key: z.string().describe('SHA-256 of who proposes and the key, base64url'), body: z.string() })
    .optional()
    .describe('hashes of the Idempotency-Key and of the body it came with'),
});
export type Begin = z.infer<typeof begin>;

export const participantStateName = z.enum(['initial', 'waiting', 'pre-commit', 'pre-abort', 'committed', 'aborted']);
export type ParticipantStateName = z.infer<typeof participantStateName>;

/** Which sentence of the protocol decided; docs/commit-protocol.md explains each. */
export const decisionRule = z
  .enum([
    'quorum-acknowledged',
    'all-acknowledged',
    'acknowledgement-deadline',
    'all-voted-yes',
    'vote-no',
    'vote-deadline',
    'nothing-decided-before-restart',
    'recovery-found-aborted',
    'recovery-found-committed',
    'recovery-quorum-pre-commit',
    'recovery-quorum-pre-abort',
    'asked-found-aborted',
    'asked-found-committed',
    'asked-found-pre-commit',
    'asked-found-no-pre-commit',
  ])
  .describe(
    'e3pc: quorum-acknowledged, and recovery-… by a ballot. 3pc: all-acknowledged, acknowledgement-deadline. 2pc: ' +
      'all-voted-yes, nothing-decided-before-restart. 2pc and 3pc: asked-… by a participant that asked the others. All: vote-no, vote-deadline.',
  );
export type DecisionRule = z.infer<typeof decisionRule>;

/** Why a decision was made, as the node that made it saw things. */
export const decision = z.object({
  outcome,
  rule: decisionRule,
  decidedBy: nodeName,
  ballot,
  quorum: z.number().int().positive().describe('how many had to accept; with 3pc and 2pc all of the list'),
  votes: z.record(z.string(), z.enum(['yes', 'no'])).describe('votes seen, by participant; of ballot 1 only'),
  states: z
    .record(z.string(), z.object({ state: participantStateName, lastAttempt: ballot }))
    .describe('states answered to a recovery, by participant'),
  acknowledgements: z.array(nodeName).describe('who accepted the ballot’s proposal'),
});
export type Decision = z.infer<typeof decision>;

/** A decision with the moment it was made, milliseconds since the epoch by the clock of the node that made it. */
export const datedDecision = decision.extend({ decidedAt: z.number().int() });
export type DatedDecision = z.infer<typeof datedDecision>;

/** How far the deciding of a transaction is, as the node that tells it sees it. */
const phase = z
  .enum(['voting', 'acknowledging', 'recovering'])
  .describe(
    'voting: votes are awaited. acknowledging: the pre-commit is out. recovering: a later ballot has to decide.',
  );

/** A transaction as one node knows it. Whether lines are written is told by each participant for itself. */
export const knownTransaction = z.object({
  begin,
  list: z.array(member).min(1),
  decision: datedDecision.nullable(),
  phase: phase.optional(),
});
export type KnownTransaction = z.infer<typeof knownTransaction>;

/** Where a transaction stands in a page. */
export interface PagePosition {
  readonly createdAt: number;
  readonly book: string;
  readonly number: number;
}

/** The order of pages: the newest first; within one millisecond by book, and within a book the greater number first. */
export function newestFirst(a: PagePosition, b: PagePosition): number {
  if (a.createdAt !== b.createdAt) return b.createdAt - a.createdAt;
  if (a.book !== b.book) return a.book < b.book ? -1 : 1;
  return b.number - a.number;
}

const isoTime = z.iso.datetime();

/** A transaction as clients see it. */
export const transaction = z.object({
  id: z.string().describe('<book>-<number>'),
  book: bookName,
  number: transactionNumber.describe('the transaction’s line in every ledger of the book'),
  value: z.string(),
  protocol,
  guarantee,
  votes: voting,
  state: z.enum(['deciding', 'committed', 'aborted']),
  phase: phase.nullable().describe('while deciding, as far as a node told it'),
  deadline: isoTime.describe('past it, a transaction that is still deciding is in doubt'),
  inDoubt: z
    .object({
      ageMs: z.number().int().nonnegative().describe('how long it has been past its deadline'),
      missing: z.array(nodeName).describe('nodes that could decide it and are not heard of'),
    })
    .nullable()
    .describe('null unless it is in doubt'),
  participants: z.array(nodeName),
  applied: z
    .object({ done: z.number().int(), of: z.number().int() })
    .describe('in how many of the list’s ledgers the line is written'),
  proposer: z.string().describe('name of a user, or `operator`'),
  room: roomName.nullable().describe('the room in whose book it stands; null in a book that is no room’s'),
  createdAt: isoTime,
  decidedAt: isoTime.nullable(),
});
export type Transaction = z.infer<typeof transaction>;

/** Why a transaction was decided as it was; `decision` is null while it is deciding. */
export const evidence = z.object({
  transaction: z.string(),
  proposer: transaction.shape.proposer,
  room: transaction.shape.room,
  state: transaction.shape.state,
  protocol,
  guarantee,
  list: z.array(member),
  decision: decision.extend({ decidedAt: isoTime }).nullable(),
});
export type Evidence = z.infer<typeof evidence>;
