import { describe, expect, it } from '@jest/globals';
import { nextDigest } from '@parley/catalogue';
import { Chains } from '@parley/commit';
import { CHAIN_START } from '@parley/contracts';
import { LedgerMarks } from './ledger-marks.js';

const from = { name: 'participant-1', logId: '1'.repeat(32) };
const main = (number: number) => ({ book: 'main', number });
const first = nextDigest(CHAIN_START, 1, 'one');
const second = nextDigest(first, 2, '');
const third = nextDigest(second, 3, 'three');

describe('the coordinator’s record of what ledgers must hold', () => {
  it('is held against what participants say of theirs, and a difference is told once', () => {
    const chains = new Chains(nextDigest);
    chains.decided(main(1), 'one');
    const told: object[] = [];
    const marks = new LedgerMarks(chains, { error: (what: object) => told.push(what) } as never);
    const vote = (lines: number, digest: string): void =>
      marks.hear({ from, ledgers: [{ book: 'main', lines, digest }] });
    vote(1, first);
    vote(2, second);
    expect(told).toEqual([]);
    vote(1, third);
    vote(1, third);
    expect(told).toEqual([{ participant: 'participant-1', book: 'main', line: 1, decided: first, theirs: third }]);
  });
});
