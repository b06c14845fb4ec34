// Transactions as nodes know them, for tests.
import type { DatedDecision, KnownTransaction, Member, Outcome } from '@parley/contracts';

export const members: readonly Member[] = ['1', '2', '3'].map((digit) => ({
  name: `participant-${digit}`,
  logId: digit.repeat(32),
}));

/** A decision as the coordinator makes it. */
export const decided = (outcome: Outcome, decidedAt: number): DatedDecision => ({
  outcome,
  rule: outcome === 'committed' ? 'quorum-acknowledged' : 'vote-no',
  decidedBy: 'coordinator',
  ballot: { counter: 1, node: '' },
  quorum: 2,
  votes: {},
  states: {},
  acknowledgements: [],
  decidedAt,
});

/** A transaction that nodes know. */
export const knownTransaction = (
  book: string,
  number: number,
  { createdAt = number, outcome }: { createdAt?: number; outcome?: Outcome } = {},
): KnownTransaction => ({
  begin: {
    book,
    number,
    value: `line ${String(number)}`,
    digest: 'd'.repeat(43),
    protocol: 'e3pc',
    votes: 'automatic',
    timeouts: { voteRequestMs: 10_000, voteMs: 5_000, acknowledgementMs: 5_000, decisionMs: 2_000 },
    proposer: 'operator',
    correlation: 'c'.repeat(32),
    createdAt,
  },
  list: [...members],
  decision: outcome ? decided(outcome, createdAt + 5) : null,
});
