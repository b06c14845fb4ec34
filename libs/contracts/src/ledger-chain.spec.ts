import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { CHAIN_START, chainInput } from './ledger-chain.js';

const next = (previous: string, number: number, line: string): string =>
  createHash('sha256')
    .update(chainInput(previous, number, line))
    .digest('hex');

describe('the chained digest of a ledger', () => {
  it('is a SHA-256 over the digest before, the number, the outcome and the bytes', () => {
    const written = Buffer.concat([Buffer.alloc(32), Buffer.from('0000000000000001', 'hex'), Buffer.from('\u0001é')]);
    expect(next(CHAIN_START, 1, 'é')).toBe(createHash('sha256').update(written).digest('hex'));
    const aborted = Buffer.concat([Buffer.from('ab'.repeat(32), 'hex'), Buffer.from('000000010000000000', 'hex')]);
    expect(next('ab'.repeat(32), 2 ** 32, '')).toBe(createHash('sha256').update(aborted).digest('hex'));
  });

  it('differs when a line, its number or anything before it differs', () => {
    const digests = [next(CHAIN_START, 1, 'a'), next(CHAIN_START, 1, ''), next(CHAIN_START, 2, 'a')];
    digests.push(next(digests[0]!, 1, 'a'));
    expect(new Set(digests).size).toBe(digests.length);
  });
});
