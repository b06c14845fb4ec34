import { describe, expect, it } from '@jest/globals';
import { nextDigest } from '@parley/catalogue';
import { CHAIN_START } from '@parley/contracts';
import { Chains } from './chains.js';
import { LedgerMarks } from './ledger-marks.js';

const from = { name: 'participant-1', logId: '1'.repeat(32) };
const main = (number: number) => ({ book: 'main', number });
const first = nextDigest(CHAIN_START, 1, 'one');
const second = nextDigest(first, 2, '');
const third = nextDigest(second, 3, 'three');

describe('the coordinator’s record of what ledgers must hold', () => {
  it('goes on to the first number that is undecided, in whatever order they are decided', () => {
    const chains = new Chains();
    chains.decided(main(1), 'one');
    chains.decided(main(3), 'three');
    expect(chains.ends).toEqual([{ book: 'main', lines: 1, digest: first }]);
    expect(chains.at('main', 3)).toBeUndefined();
    chains.decided(main(2), '');
    chains.decided(main(2), 'told again');
    expect([1, 2, 3].map((line) => chains.at('main', line))).toEqual([first, second, third]);
  });

  it('goes on from a snapshot, and keeps the last digests only', () => {
    const chains = new Chains();
    chains.resume('main', 2, second);
    chains.decided(main(1), 'one');
    chains.decided(main(3), 'three');
    expect(chains.ends).toEqual([{ book: 'main', lines: 3, digest: third }]);
    for (let number = 4; number <= 5000; number += 1) chains.decided(main(number), 'more');
    expect(chains.at('main', 5000)).toBeDefined();
    expect(chains.at('main', 3)).toBeUndefined();
  });

  it('is held against what participants say with their votes, and a difference is told once', () => {
    const chains = new Chains();
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
