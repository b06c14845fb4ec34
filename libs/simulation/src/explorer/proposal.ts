// What is proposed in an exploration. The protocol looks at the book, the number, the list and the digest only.
import type { Unnumbered } from '@parley/commit';
import type { Timeouts } from '@parley/contracts';

/** Nothing waits for a time in an exploration: a deadline passes when the explorer says so. */
const timeouts: Timeouts = { voteRequestMs: 0, voteMs: 0, acknowledgementMs: 0, decisionMs: 0 };

export const proposalOf = (book: string, value: string): Unnumbered => ({
  book,
  value,
  digest: `digest of ${value}`,
  protocol: 'e3pc',
  timeouts,
  proposer: 'proposer',
  correlation: '',
  createdAt: 0,
});
