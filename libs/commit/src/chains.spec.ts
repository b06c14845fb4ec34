import { describe, expect, it } from '@jest/globals';
import { CHAIN_START } from '@parley/contracts';
import { BEFORE_FIRST, Chains } from './chains.js';

const main = (number: number) => ({ book: 'main', number });
const next = (previous: string, number: number, line: string): string =>
  `${previous === CHAIN_START ? '' : previous}${String(number)}${line}|`.slice(-64);
const first = next(CHAIN_START, 1, 'one');
const second = next(first, 2, '');
const third = next(second, 3, 'three');

describe('the coordinator’s record of what ledgers must hold', () => {
  it('goes on to the first number that is undecided, in whatever order they are decided', () => {
    const chains = new Chains(next);
    chains.decided(main(1), 'one');
    chains.decided(main(3), 'three');
    expect(chains.kept).toEqual([{ book: 'main', lines: 1, digest: first }]);
    expect(chains.at('main', 3)).toBeUndefined();
    chains.decided(main(2), '');
    chains.decided(main(2), 'told again');
    expect([1, 2, 3].map((line) => chains.at('main', line))).toEqual([first, second, third]);
  });

  it('goes on from a snapshot, and keeps all of the last digests and some of the others', () => {
    const chains = new Chains(next);
    chains.resume('main', 2, second);
    chains.decided(main(1), 'one');
    chains.decided(main(3), 'three');
    expect(chains.kept).toEqual([
      { book: 'main', lines: 2, digest: second },
      { book: 'main', lines: 3, digest: third },
    ]);
    for (let number = 4; number <= 10_000; number += 1) chains.decided(main(number), 'more');
    expect(chains.at('main', 10_000)).toBeDefined();
    expect(chains.at('main', 10_000 - 4_096)).toBeUndefined();
    expect(chains.at('main', 10_000 - 4_095)).toBeDefined();

    const restarted = new Chains(next);
    for (const { book, lines, digest } of chains.kept) restarted.resume(book, lines, digest);
    expect(restarted.kept).toEqual(chains.kept);
    expect(restarted.at('main', 2)).toBe(second);
  });

  it.each([10, 60_000])(
    'marks one line at least in any answer to a fetch that is full of lines of %i bytes',
    (bytes) => {
      const chains = new Chains(next);
      const line = 'x'.repeat(bytes);
      const count = bytes === 10 ? 6_000 : 100;
      for (let number = 1; number <= count; number += 1) chains.decided(main(number), line);
      // Only what is kept for good, as after a restart.
      const restarted = new Chains(next);
      for (const { book, lines, digest } of chains.kept) restarted.resume(book, lines, digest);
      const inOneAnswer = Math.floor((512 * 1024) / (bytes + 1024));
      for (let asked = 1; asked + inOneAnswer <= count; asked += 7) {
        const marks = restarted.marks([{ book: 'main', first: asked, last: Math.min(count, asked + 4_095) }]);
        expect(marks.some(({ lines }) => lines >= asked && lines < asked + inOneAnswer)).toBe(true);
        expect(marks.length).toBeLessThan(2_048);
      }
    },
  );

  it('begins where ledgers begin', () => {
    expect(BEFORE_FIRST).toBe(CHAIN_START);
  });

  it('marks nothing of what is not decided, or not asked', () => {
    const chains = new Chains(next);
    chains.decided(main(1), 'one');
    chains.decided(main(3), 'three');
    expect(chains.marks([{ book: 'main', first: 1, last: 9 }])).toEqual([{ book: 'main', lines: 1, digest: first }]);
    expect(chains.marks([{ book: 'main', first: 2, last: 9 }])).toEqual([]);
    expect(chains.marks([{ book: 'other', first: 1, last: 9 }])).toEqual([]);
  });
});
