// What nodes know of a transaction, as clients are told it. Pure.
import { transactionId, type Evidence, type KnownTransaction, type Transaction } from '@parley/contracts';
import { stateOf } from './merge.js';
import type { RecordedOutcome } from './outcomes.js';

const isoTime = (ms: number): string => new Date(ms).toISOString();

/**
 * @param done in how many of the list's ledgers the line is written
 * @param recorded the outcome that a participant has written, for when the decision itself has not been read
 */
export function transactionView(known: KnownTransaction, done: number, recorded?: RecordedOutcome): Transaction {
  const { begin, list } = known;
  const decided = known.decision ?? recorded;
  return {
    id: transactionId(begin),
    book: begin.book,
    number: begin.number,
    value: begin.value,
    protocol: begin.protocol,
    state: decided?.outcome ?? 'deciding',
    participants: list.map(({ name }) => name),
    applied: { done, of: list.length },
    proposer: begin.proposer,
    createdAt: isoTime(begin.createdAt),
    decidedAt: decided ? isoTime(decided.decidedAt) : null,
  };
}

export function evidenceView(known: KnownTransaction): Evidence {
  const { begin, list, decision } = known;
  return {
    transaction: transactionId(begin),
    state: stateOf(known),
    list,
    decision: decision && { ...decision, decidedAt: isoTime(decision.decidedAt) },
  };
}
