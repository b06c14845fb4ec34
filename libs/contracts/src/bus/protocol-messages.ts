// The parts of the commit protocol's messages. They carry arrays of transactions that share one list, so that one message
// serves many. `from` is the asking node; replies go to its inbox, never to "the coordinator".
import { z } from 'zod';
import { ballot, bookName, chainedDigest, member, nodeName, transactionNumber } from '../names.js';
import { begin, datedDecision, participantStateName, protocol } from '../transaction.js';

export const place = z.object({ book: bookName, number: transactionNumber });
export const placed = place.extend({
  digest: begin.shape.digest.nullable().describe('null when the sender has heard of the number only'),
});

/** What every request of the commit protocol carries. */
export const protocolRequest = z.object({
  from: nodeName,
  epoch: z.number().int().positive().describe('1 until there is a standby coordinator'),
  list: z.array(member).min(1).max(64).describe('the frozen list that all transactions of this message share'),
  protocol: protocol.describe('the protocol that all transactions of this message share'),
});

/** Most numbers in one range of a message. */
export const MAX_RANGE = 10_000;

/** Most numbers in all ranges of a vote request: what one message can make a participant remember. */
export const MAX_OPEN = 100_000;

export const numbersIn = (ranges: readonly NumberRange[]): number =>
  ranges.reduce((sum, { first, last }) => sum + last - first + 1, 0);

/** Consecutive numbers of a book. */
export const numberRange = z
  .object({ book: bookName, first: transactionNumber, last: transactionNumber })
  .refine(({ first, last }) => first <= last && last - first < MAX_RANGE, {
    message: `a range holds 1 to ${String(MAX_RANGE)} numbers`,
  });
export type NumberRange = z.infer<typeof numberRange>;

/** Numbers that are begun and not seen decided by the sender, by the list that they share. */
export const openNumbers = z.object({
  list: z.array(member).min(1),
  protocol,
  ranges: z.array(numberRange).min(1),
});
export type OpenNumbers = z.infer<typeof openNumbers>;

/** A decided transaction on its way to a participant that lacks it. Who never voted on it may not know its `begin`. */
export const decidedTransaction = z.object({
  book: bookName,
  number: transactionNumber,
  list: z.array(member).min(1),
  protocol,
  begin: begin.nullable(),
  decision: datedDecision,
  chained: chainedDigest.optional().describe('h(number) at the sender; absent while the line is not written there'),
});
export type DecidedTransaction = z.infer<typeof decidedTransaction>;

/** Answer of a participant to one transaction of a protocol request. */
export const protocolAnswer = place.extend({
  answer: z
    .enum(['yes', 'no', 'state', 'accepted', 'superseded', 'decided', 'not-member', 'mismatch'])
    .describe(
      'yes, no: votes. state: answer to a recovery. accepted: the ballot’s proposal is forced. superseded: a later ballot was promised. decided: the outcome is known. not-member: the list names another node or logId. mismatch: known with another list or value',
    ),
  state: participantStateName.optional(),
  lastAttempt: ballot.optional(),
  lastElected: ballot.optional(),
});
export type ProtocolAnswer = z.infer<typeof protocolAnswer>;

/** How long a ledger is, and what it holds up to there. */
export const ledgerMark = z.object({
  book: bookName,
  lines: z.number().int().nonnegative(),
  digest: chainedDigest.describe('h(lines)'),
});
export type LedgerMark = z.infer<typeof ledgerMark>;

export const protocolReply = z.object({
  from: member,
  ballot: ballot.describe('the ballot that is answered: an answer to an earlier one counts for nothing'),
  proposal: z.enum(['pre-commit', 'pre-abort']).optional().describe('what was accepted or refused, if a proposal was'),
  answers: z.array(protocolAnswer),
  ledgers: z.array(ledgerMark).optional().describe('with votes: the ledgers of their books at this participant'),
});
export type ProtocolReply = z.infer<typeof protocolReply>;
