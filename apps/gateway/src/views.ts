// What nodes know of a transaction, as clients are told it.
import {
  guarantees,
  roomOfBook,
  transactionId,
  type Evidence,
  type KnownTransaction,
  type Transaction,
} from '@parley/contracts';
import { now } from './clock.js';
import { deadlineOf, doubtOf } from './doubt.js';
import { stateOf } from './merge.js';
import type { Outcomes } from './outcomes.js';
import type { Presence } from './presence.js';

const isoTime = (ms: number): string => new Date(ms).toISOString();

/** Tells a transaction with what the participants have written of it, as far as is known here. */
export class TransactionViews {
  constructor(
    private readonly presence: Presence,
    private readonly outcomes: Outcomes,
  ) {}

  of(known: KnownTransaction): Transaction {
    const { begin, list } = known;
    const decided = known.decision ?? this.outcomes.of(begin);
    return {
      id: transactionId(begin),
      book: begin.book,
      number: begin.number,
      value: begin.value,
      protocol: begin.protocol,
      guarantee: guarantees[begin.protocol],
      votes: begin.votes,
      state: decided?.outcome ?? 'deciding',
      phase: decided ? null : (known.phase ?? null),
      deadline: isoTime(deadlineOf(known)),
      inDoubt: decided ? null : doubtOf(known, this.presence, now()),
      participants: list.map(({ name }) => name),
      applied: { done: this.presence.applied(list, begin), of: list.length },
      proposer: begin.proposer,
      room: roomOfBook(begin.book),
      createdAt: isoTime(begin.createdAt),
      decidedAt: decided ? isoTime(decided.decidedAt) : null,
    };
  }

  /** Whether the transaction's end is known here. */
  isDecided({ begin, decision }: KnownTransaction): boolean {
    return decision !== null || this.outcomes.of(begin) !== undefined;
  }
}

export function evidenceView(known: KnownTransaction): Evidence {
  const { begin, list, decision } = known;
  return {
    transaction: transactionId(begin),
    proposer: begin.proposer,
    room: roomOfBook(begin.book),
    state: stateOf(known),
    protocol: begin.protocol,
    guarantee: guarantees[begin.protocol],
    list,
    decision: decision && { ...decision, decidedAt: isoTime(decision.decidedAt) },
  };
}
