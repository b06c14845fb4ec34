// The numbers of a book that its coordinator has begun and not seen decided, as a vote request carries them: so that a
// participant that missed their vote requests knows that they may still be undecided, and can recover them.
import type { MAX_RANGE, OpenNumbers, Place } from '@parley/contracts';
import { byTerms } from './effects.js';
import type { Terms } from './records.js';

/** The contract's limit, and no other number: this does not compile with another. */
const RANGE_AT_MOST: typeof MAX_RANGE = 10_000;

/** Open numbers below the greatest of `asked` in its books, without those asked for, as ranges by their terms. */
export function openNumbersBelow(open: Iterable<Place & Terms>, asked: readonly Place[]): OpenNumbers[] {
  const greatest = new Map<string, number>();
  for (const { book, number } of asked) greatest.set(book, Math.max(number, greatest.get(book) ?? 0));
  const numbers = new Set(asked.map(({ book, number }) => `${book}/${String(number)}`));
  const lower = [...open].filter(
    ({ book, number }) => number < (greatest.get(book) ?? 0) && !numbers.has(`${book}/${String(number)}`),
  );
  return byTerms(lower).map(([{ list, protocol }, places]) => ({
    list: [...list],
    protocol,
    ranges: rangesOf(places),
  }));
}

function rangesOf(places: readonly Place[]): OpenNumbers['ranges'] {
  const ranges: OpenNumbers['ranges'] = [];
  const inOrder = [...places].sort((a, b) => (a.book === b.book ? a.number - b.number : a.book < b.book ? -1 : 1));
  for (const { book, number } of inOrder) {
    const range = ranges.at(-1);
    if (range?.book === book && range.last === number - 1 && range.last - range.first + 1 < RANGE_AT_MOST)
      range.last = number;
    else ranges.push({ book, first: number, last: number });
  }
  return ranges;
}
