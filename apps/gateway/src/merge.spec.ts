import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { newestFirst, type KnownTransaction } from '@parley/contracts';
import { asksFor, mergeKnown, mergePages, positionOf, stateOf } from './merge.js';
import { knownTransaction } from './testing/known.js';

const numbers = (page: readonly KnownTransaction[]): number[] => page.map(({ begin }) => begin.number);

describe('what several participants know of one transaction', () => {
  it('has the decision that any of them knows', () => {
    const undecided = knownTransaction('main', 1);
    const committed = knownTransaction('main', 1, { outcome: 'committed' });
    expect(mergeKnown(undecided, committed)).toBe(committed);
    expect(mergeKnown(committed, undecided)).toBe(committed);
    expect(mergeKnown(null, undecided)).toBe(undecided);
    expect(mergeKnown(undecided, null)).toBe(undecided);
    expect(mergeKnown(null, null)).toBeNull();
  });

  it('is still being decided when none of them knows a decision', () => {
    expect(stateOf(knownTransaction('main', 1))).toBe('deciding');
    expect(asksFor(knownTransaction('main', 1), 'deciding', 0)).toBe(true);
    expect(asksFor(knownTransaction('main', 1, { outcome: 'aborted' }), 'committed', 0)).toBe(false);
  });

  it('is in doubt when it is undecided past its deadline, and never when it is decided', () => {
    const undecided = knownTransaction('main', 1, { createdAt: 1_000 });
    expect(asksFor(undecided, 'in-doubt', 11_000)).toBe(false);
    expect(asksFor(undecided, 'in-doubt', 11_001)).toBe(true);
    const aborted = knownTransaction('main', 1, { createdAt: 1_000, outcome: 'aborted' });
    expect(asksFor(aborted, 'in-doubt', 11_001)).toBe(false);
  });
});

describe('pages of several participants', () => {
  it('become one, newest first, each transaction once', () => {
    const first = [3, 2, 1].map((number) => knownTransaction('main', number));
    const second = [3, 2, 1].map((number) => knownTransaction('main', number, { outcome: 'committed' }));
    const merged = mergePages([first, second], 50);
    expect(numbers(merged)).toEqual([3, 2, 1]);
    expect(merged.map(stateOf)).toEqual(['committed', 'committed', 'committed']);
  });

  it('end where the first of them ends, because what comes after it is not known', () => {
    const short = [9, 8].map((number) => knownTransaction('main', number));
    const long = [9, 7, 6, 5].map((number) => knownTransaction('main', number));
    expect(numbers(mergePages([short, long], 50))).toEqual([9, 8]);
  });

  it('hold what the coordinator keeps where it stands, which ends no page', () => {
    const pages = [[9, 7, 5].map((number) => knownTransaction('main', number, { outcome: 'committed' }))];
    const items = [8, 2].map((number) => knownTransaction('main', number));
    expect(numbers(mergePages(pages, 50, { items, end: true }))).toEqual([9, 8, 7, 5]);
    expect(numbers(mergePages([[]], 50, { items, end: true }))).toEqual([8, 2]);
  });

  it('end where the coordinator ends that has more', () => {
    const pages = [[9, 7, 5].map((number) => knownTransaction('main', number, { outcome: 'committed' }))];
    const items = [8].map((number) => knownTransaction('main', number));
    expect(numbers(mergePages(pages, 50, { items, end: false }))).toEqual([9, 8]);
  });

  it('are empty only when all are', () => {
    expect(mergePages([[], []], 50)).toEqual([]);
    expect(numbers(mergePages([[], [knownTransaction('main', 1)]], 50))).toEqual([1]);
  });

  it('show, followed to the end, all that anybody knows, once and in order', () => {
    const knowledge = fc.array(fc.subarray([1, 2, 3, 4, 5, 6, 7, 8, 9]), { minLength: 1, maxLength: 3 });
    const sizes = fc.record({ limit: fc.integer({ min: 1, max: 4 }), fits: fc.integer({ min: 1, max: 4 }) });
    fc.assert(
      fc.property(knowledge, sizes, (known, { limit, fits }) => {
        const shown: KnownTransaction[] = [];
        for (
          let page = ask(known, undefined, limit, fits);
          page.length > 0;
          page = ask(known, shown.at(-1), limit, fits)
        ) {
          expect(page.length).toBeLessThanOrEqual(limit);
          shown.push(...page);
        }
        const all = [...new Set(known.flat())].sort((a, b) => b - a);
        expect(numbers(shown)).toEqual(all);
      }),
    );
  });
});

/** Asks nodes that know these numbers for what comes after a transaction; only so many fit into a reply. */
function ask(known: number[][], after: KnownTransaction | undefined, limit: number, fits: number): KnownTransaction[] {
  const pages = known.map((ofNode) =>
    ofNode
      .map((number) => knownTransaction('main', number))
      .filter((transaction) => !after || newestFirst(positionOf(after), positionOf(transaction)) < 0)
      .sort((a, b) => newestFirst(positionOf(a), positionOf(b)))
      .slice(0, Math.min(limit, fits)),
  );
  return mergePages(pages, limit);
}
