// A transaction as it is kept and as it is told.
import { z } from 'zod';
import { line } from './line.js';
import { ballot, bookName, member, nodeName, transactionNumber } from './names.js';

const protocol = z
  .enum(['e3pc'])
  .describe('e3pc: Enhanced three-phase commit, Keidar and Dolev 1998. Safe under every crash and partition.');

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
  digest: z.string().length(43).describe('SHA-256 of the value, base64url'),
  protocol,
  timeouts: timeouts.strip(),
  proposer: z.string().min(1).max(64),
  correlation: z.string().max(64).describe('ties log lines of all processes to the HTTP request'),
  createdAt: z.number().int(),
  idempotency: z
    .object({ key: z.string().describe('SHA-256 of proposer and key, base64url'), body: z.string() })
    .optional()
    .describe('hashes of the Idempotency-Key and of the body it came with'),
});
export type Begin = z.infer<typeof begin>;

export const participantStateName = z.enum(['initial', 'waiting', 'pre-commit', 'pre-abort', 'committed', 'aborted']);
export type ParticipantStateName = z.infer<typeof participantStateName>;

/** Which sentence of the protocol decided. Numbers refer to docs/commit-protocol.md, "e3pc". */
export const decisionRule = z.enum([
  'quorum-acknowledged',
  'vote-no',
  'vote-deadline',
  'recovery-found-aborted',
  'recovery-found-committed',
  'recovery-quorum-pre-commit',
  'recovery-quorum-pre-abort',
]);
export type DecisionRule = z.infer<typeof decisionRule>;

/** Why a decision was made, as the node that made it saw things. */
export const decision = z.object({
  outcome,
  rule: decisionRule,
  decidedBy: nodeName,
  ballot,
  quorum: z.number().int().positive(),
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

/** A transaction as one node knows it. Whether lines are written is told by each participant for itself. */
export const knownTransaction = z.object({
  begin,
  list: z.array(member).min(1),
  decision: datedDecision.nullable(),
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
  state: z.enum(['deciding', 'committed', 'aborted']),
  participants: z.array(nodeName),
  applied: z
    .object({ done: z.number().int(), of: z.number().int() })
    .describe('in how many of the list’s ledgers the line is written'),
  proposer: z.string(),
  createdAt: isoTime,
  decidedAt: isoTime.nullable(),
});
export type Transaction = z.infer<typeof transaction>;

/** Why a transaction was decided as it was; `decision` is null while it is deciding. */
export const evidence = z.object({
  transaction: z.string(),
  state: transaction.shape.state,
  list: z.array(member),
  decision: decision.extend({ decidedAt: isoTime }).nullable(),
});
export type Evidence = z.infer<typeof evidence>;
