// Lines of ledgers, each with a transaction that stands in it.
import { createHash } from 'node:crypto';
import type { DecidedTransaction } from '@parley/contracts';
import type { LedgerLine } from '../ledger-lines.js';

const list = ['1', '2', '3'].map((n) => ({ name: `participant-${n}`, logId: n.repeat(32) }));
const timeouts = { voteRequestMs: 10_000, voteMs: 5_000, acknowledgementMs: 5_000, decisionMs: 2_000 };

/** The transaction of a line; an empty line was aborted. */
export const transactionOf = (
  book: string,
  number: number,
  text: string,
  createdAt = 1_000_000 + number,
): DecidedTransaction => ({
  book,
  number,
  list,
  protocol: 'e3pc',
  begin: {
    book,
    number,
    value: text === '' ? `aborted ${String(number)}` : text,
    digest: createHash('sha256').update(text).digest('base64url'),
    protocol: 'e3pc',
    votes: 'automatic',
    timeouts,
    proposer: 'operator',
    correlation: 'c'.repeat(32),
    createdAt,
  },
  decision: {
    outcome: text === '' ? 'aborted' : 'committed',
    rule: text === '' ? 'vote-no' : 'quorum-acknowledged',
    decidedBy: 'coordinator',
    ballot: { counter: 1, node: '' },
    quorum: 2,
    votes: {},
    states: {},
    acknowledgements: [],
    decidedAt: createdAt + 10,
  },
});

/** Lines from `first` on. */
export const linesOf = (book: string, texts: readonly string[], first = 1): LedgerLine[] =>
  texts.map((text, index) => ({ text, transaction: transactionOf(book, first + index, text) }));

/** For what must not fail. */
export const unexpected = (error: unknown): never => {
  throw error;
};
