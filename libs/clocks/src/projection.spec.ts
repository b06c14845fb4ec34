import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { projectClocks } from './projection.js';
import { executions, pairs, pasts } from './testing/execution.js';
import { compare } from './vector.js';

const seed = 1989;

/** An execution, and which of its events are shown. */
const shownExecutions = fc
  .tuple(executions, fc.infiniteStream(fc.boolean()))
  .map(([events, isShown]) => ({ events, shown: events.filter(() => isShown.next().value === true) }));

describe('the clocks of chosen events', () => {
  it('keep who happened before whom, and who did not', () => {
    const property = fc.property(shownExecutions, ({ events, shown }) => {
      const past = pasts(events);
      const projected = projectClocks(shown);
      const clocked = shown.map(({ index }, position) => ({ index, vector: projected[position]! }));
      const wrong = pairs(clocked).filter(
        ([a, b]) => (compare(a.vector, b.vector) === 'before') !== past[b.index]!.has(a.index),
      );
      expect(wrong).toEqual([]);
    });
    fc.assert(property, { seed, numRuns: 500 });
  });

  it('count 1, 2, 3 … in each process, and name no event that is not shown', () => {
    const property = fc.property(shownExecutions, ({ shown }) => {
      const projected = projectClocks(shown);
      const counts = new Map<string, number>();
      shown.forEach(({ process }, index) => {
        const count = (counts.get(process) ?? 0) + 1;
        counts.set(process, count);
        expect(projected[index]).toHaveProperty([process], count);
      });
      const wrong = projected
        .flatMap((vector) => Object.entries(vector))
        .filter(([process, entry]) => entry < 1 || entry > (counts.get(process) ?? 0));
      expect(wrong).toEqual([]);
    });
    fc.assert(property, { seed, numRuns: 500 });
  });

  it('leave no gap where a message moved a clock and nothing is shown', () => {
    const shown = [
      { process: 'a', vector: { a: 3 } },
      { process: 'a', vector: { a: 9, b: 4 } },
      { process: 'b', vector: { a: 5, b: 7, c: 2 } },
    ];
    expect(projectClocks(shown)).toEqual([{ a: 1 }, { a: 2 }, { a: 1, b: 1 }]);
  });

  it('know what a process knew before it died, also when it has forgotten it', () => {
    const shown = [
      { process: 'a', vector: { a: 1 } },
      { process: 'b', vector: { a: 1, b: 5 } },
      { process: 'b', vector: { b: 900 } },
      { process: 'c', vector: { b: 901, c: 4 } },
    ];
    expect(projectClocks(shown)).toEqual([{ a: 1 }, { a: 1, b: 1 }, { a: 1, b: 2 }, { a: 1, b: 2, c: 1 }]);
  });

  it('end also where clocks contradict each other, as forged ones may', () => {
    const shown = [
      { process: 'a', vector: { a: 1, b: 2 } },
      { process: 'b', vector: { a: 1, b: 1 } },
      { process: 'b', vector: { b: 1 } },
    ];
    expect(projectClocks(shown)).toHaveLength(3);
  });
});
