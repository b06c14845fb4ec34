import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CHAIN_START, chainInput } from '@parley/contracts';
import { compareLedgers, type ComparedLedger } from './ledger-comparison.js';

interface AskedLedger extends ComparedLedger {
  /** How many questions it was asked. */
  asked: number;
}

function ledger(participant: string, lines: readonly string[]): AskedLedger {
  const digests = lines.reduce<string[]>((chain, line, index) => {
    const input = chainInput(chain.at(-1) ?? CHAIN_START, index + 1, line);
    return [...chain, createHash('sha256').update(input).digest('hex')];
  }, []);
  const asked = {
    participant,
    lines: lines.length,
    asked: 0,
    digest: (line: number) => {
      asked.asked += 1;
      return Promise.resolve(digests[line - 1]!);
    },
    text: (line: number) => Promise.resolve(lines[line - 1]!),
  };
  return asked;
}

describe('ledgers', () => {
  it('are equal when one is as long as the other or shorter and they agree up to there', async () => {
    const compared = await compareLedgers([ledger('a', ['x', '', 'y']), ledger('b', ['x', ''])]);
    expect(compared).toEqual({ lines: 2, digests: [expect.any(String), expect.any(String)], firstDifference: null });
    expect(compared.digests[0]).toBe(compared.digests[1]);
  });

  it('of which one is empty agree on nothing more than that', async () => {
    const compared = await compareLedgers([ledger('a', ['x']), ledger('b', [])]);
    expect(compared).toEqual({ lines: 0, digests: [null, null], firstDifference: null });
  });

  it('of no participant are not compared', async () => {
    expect(await compareLedgers([])).toEqual({ lines: 0, digests: [], firstDifference: null });
  });

  it('differ where the first line of any does, even if the lines after it are equal again', async () => {
    const lines = ['a', 'b', 'c', 'd', 'e'];
    const other = ['a', 'b', '', 'd', 'e'];
    const { firstDifference } = await compareLedgers([ledger('1', lines), ledger('2', lines), ledger('3', other)]);
    expect(firstDifference).toEqual({
      line: 3,
      texts: [
        { participant: '1', text: 'c' },
        { participant: '2', text: 'c' },
        { participant: '3', text: '' },
      ],
    });
  });

  it('of a thousand lines are compared with a dozen questions', async () => {
    const lines = Array.from({ length: 1_000 }, (_, index) => String(index));
    const [one, other] = [ledger('1', lines), ledger('2', lines.with(617, 'other'))];
    expect((await compareLedgers([one, other])).firstDifference).toMatchObject({ line: 618 });
    expect(one.asked).toBeLessThanOrEqual(12);
  });

  it('are compared as reading both from the start would', async () => {
    const text = fc.array(fc.constantFrom('', 'a', 'b'), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(text, text, async (one, other) => {
        const { firstDifference, lines } = await compareLedgers([ledger('1', one), ledger('2', other)]);
        const first = one.slice(0, lines).findIndex((line, index) => line !== other[index]);
        expect(firstDifference?.line ?? 0).toBe(first + 1);
      }),
    );
  });
});
