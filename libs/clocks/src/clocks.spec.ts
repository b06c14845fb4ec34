import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { newClock, receive, step } from './process-clock.js';
import { executions, pairs, pasts } from './testing/execution.js';
import { advance, compare, merge, type VectorClock } from './vector.js';

const seed = 1978;
const check = <Values extends [unknown, ...unknown[]]>(property: fc.IProperty<Values>): void =>
  fc.assert(property, { seed, numRuns: 500 });

const clocks: fc.Arbitrary<VectorClock> = fc.dictionary(
  fc.constantFrom('a', 'b', 'constructor', '__proto__'),
  fc.nat({ max: 4 }),
);
const isAtMost = (a: VectorClock, b: VectorClock): boolean => ['equal', 'before'].includes(compare(a, b));

describe('vector clocks are a partial order', () => {
  it('in which every clock equals itself', () => {
    check(fc.property(clocks, (a) => expect(compare(a, { ...a })).toBe('equal')));
  });

  it('in which two that are each at most the other are equal', () => {
    check(
      fc.property(clocks, clocks, (a, b) => {
        const turned = { equal: 'equal', before: 'after', after: 'before', concurrent: 'concurrent' } as const;
        expect(compare(b, a)).toBe(turned[compare(a, b)]);
      }),
    );
  });

  it('in which what is before something is before all that comes after that', () => {
    check(
      fc.property(clocks, clocks, clocks, (a, b, c) => {
        fc.pre(isAtMost(a, b) && isAtMost(b, c));
        expect(isAtMost(a, c)).toBe(true);
      }),
    );
  });

  it('in which an entry of 0 is no entry', () => {
    expect(compare({ a: 1, b: 0 }, { a: 1 })).toBe('equal');
  });

  it('and merging gives the least of all clocks that both are at most', () => {
    check(
      fc.property(clocks, clocks, clocks, (a, b, other) => {
        const merged = merge(a, b);
        expect([isAtMost(a, merged), isAtMost(b, merged)]).toEqual([true, true]);
        if (isAtMost(a, other) && isAtMost(b, other)) expect(isAtMost(merged, other)).toBe(true);
      }),
    );
  });

  it('in which a step leads to a later clock', () => {
    check(fc.property(clocks, (a) => expect(compare(a, advance(a, 'a'))).toBe('before')));
  });
});

describe('in every execution', () => {
  it('an event happened before another if and only if its vector clock is before the other’s', () => {
    check(
      fc.property(executions, (events) => {
        const past = pasts(events);
        const wrong = pairs(events).filter(
          ([a, b]) => (compare(a.vector, b.vector) === 'before') !== past[b.index]!.has(a.index),
        );
        expect(wrong).toEqual([]);
      }),
    );
  });

  it('Lamport’s time is greater than that of all that happened before', () => {
    check(
      fc.property(executions, (events) => {
        const past = pasts(events);
        const wrong = pairs(events).filter(([a, b]) => past[b.index]!.has(a.index) && a.lamport >= b.lamport);
        expect(wrong).toEqual([]);
      }),
    );
  });
});

describe('a process', () => {
  it('that has no events of its own passes on what it has heard', () => {
    const sender = step(newClock('a'));
    const relay = step(receive(newClock(undefined), sender));
    expect(relay).toEqual({ process: undefined, lamport: 3, vector: { a: 1 } });
    expect(receive(newClock('b'), relay).vector).toEqual({ a: 1, b: 1 });
  });

  it('that begins again where its clock had not been yet goes on in the same order', () => {
    const before = step(newClock('a'));
    const again = step(newClock('a', 1_000));
    expect(compare(before.vector, again.vector)).toBe('before');
  });
});
