// The Idempotency-Key header: the same key with the same body gives the same transaction. Only hashes travel and are
// kept, so a key or a body is of no use to who reads a journal, and their size is bounded.
import { createHash } from 'node:crypto';
import { idempotencyKey, type Begin } from '@parley/contracts';
import type { BookProposal } from './proposals.js';
import { ProblemError } from './http/problem.js';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64url');

/** A proposal's meaning as one text: defaults filled in, fields in a fixed order. */
function canonical({ book, value, protocol, votes, timeouts }: BookProposal): string {
  const waits = Object.entries(timeouts ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([book, value, waits, protocol ?? null, votes ?? null]);
}

/**
 * What the coordinator keeps of a key, or undefined without one.
 *
 * @param proposer whose key it is: that of somebody else is another one
 * @throws ProblemError `invalid-idempotency-key`
 */
export function idempotencyOf(key: string | undefined, proposer: string, proposal: BookProposal): Begin['idempotency'] {
  if (key === undefined) return undefined;
  if (!idempotencyKey.safeParse(key).success) {
    const detail = `the key has ${String(key.length)} characters, or one that is not visible ASCII`;
    throw new ProblemError('invalid-idempotency-key', detail, { field: 'Idempotency-Key' });
  }
  return { key: sha256(`${proposer}\0${key}`), body: sha256(canonical(proposal)) };
}
