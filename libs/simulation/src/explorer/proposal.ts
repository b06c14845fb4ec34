// What is proposed in an exploration. The protocol looks at the book, the number, the list and the digest only.
import type { Proposed, StandardTimeouts } from '@parley/commit';
import type { ProtocolName, Timeouts } from '@parley/contracts';

/** Nothing waits for a time in an exploration: a deadline passes when the explorer says so. */
const timeouts: Timeouts = { voteRequestMs: 0, voteMs: 0, acknowledgementMs: 0, decisionMs: 0 };

export const standard: StandardTimeouts = { automatic: timeouts, manual: timeouts };

export const proposalOf = (book: string, value: string, protocol: ProtocolName): Proposed => ({
  book,
  value,
  digest: `digest of ${value}`,
  protocol,
  timeouts: {},
  proposer: 'proposer',
  correlation: '',
  createdAt: 0,
});
