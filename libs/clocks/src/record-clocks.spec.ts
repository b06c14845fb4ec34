import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { clocksByAuthor } from './record-clocks.js';
import { pairs } from './testing/execution.js';
import { compare } from './vector.js';

const seed = 1988;
const check = <Values extends [unknown, ...unknown[]]>(property: fc.IProperty<Values>): void =>
  fc.assert(property, { seed, numRuns: 500 });

/** Places grow by any amounts; authors have been told of any part, and one may say less than it said before. */
const records = fc
  .array(
    fc.record({
      author: fc.constantFrom('Jo', 'Al', 'Bo', 'constructor', '__proto__'),
      step: fc.integer({ min: 1, max: 3 }),
      behind: fc.nat({ max: 40 }),
    }),
    { maxLength: 40 },
  )
  .map((drawn) => {
    let place = 0;
    return drawn.map(({ author, step, behind }) => {
      place += step;
      return { author, place, told: place - behind };
    });
  });

/** Happens-before by its definition, as the transitive closure of its single steps: indexes of all that come before each. */
function pasts(record: readonly { author: string; place: number; told: number }[]): ReadonlySet<number>[] {
  const past: Set<number>[] = [];
  record.forEach((event, index) => {
    const causes = record
      .slice(0, index)
      .flatMap((earlier, cause) => (earlier.author === event.author || earlier.place <= event.told ? [cause] : []));
    past.push(new Set(causes.flatMap((cause) => [cause, ...past[cause]!])));
  });
  return past;
}

describe('in a record of several authors', () => {
  it('a clock is before another exactly if its event happened before: the transitive closure of what was told', () => {
    check(
      fc.property(records, (record) => {
        const past = pasts(record);
        const clocks = clocksByAuthor(record);
        const wrong = pairs(record.map((_, index) => index)).filter(
          ([a, b]) => (compare(clocks[a]!, clocks[b]!) === 'before') !== past[b]!.has(a),
        );
        expect(wrong).toEqual([]);
      }),
    );
  });

  it('of two that are concurrent each is concurrent with the other, and of different authors', () => {
    check(
      fc.property(records, (record) => {
        const clocks = clocksByAuthor(record);
        for (const [a, b] of pairs(record.map((_, index) => index))) {
          const isConcurrent = compare(clocks[a]!, clocks[b]!) === 'concurrent';
          expect(compare(clocks[b]!, clocks[a]!) === 'concurrent').toBe(isConcurrent);
          if (isConcurrent) expect(record[a]!.author).not.toBe(record[b]!.author);
        }
      }),
    );
  });

  it('none is before one that stands earlier, whatever its author says that he had been told of', () => {
    check(
      fc.property(records, (record) => {
        const boasting = record.map((event) => ({ ...event, told: Infinity }));
        const clocks = clocksByAuthor(boasting);
        const wrong = pairs(boasting.map((_, index) => index)).filter(
          ([a, b]) => (compare(clocks[a]!, clocks[b]!) === 'before') !== a < b,
        );
        expect(wrong).toEqual([]);
      }),
    );
  });
});
