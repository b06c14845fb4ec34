import { describe, expect, it } from '@jest/globals';
import type { Effect } from './effects.js';
import { Outbox } from './outbox.js';

describe('the outbox', () => {
  const wait: Effect = { type: 'wait', wait: 'votes', place: { book: 'main', number: 1 } };
  const append = (counter: number, lazy = false): Effect => ({
    type: 'append',
    record: { kind: 'counter', counter },
    lazy,
  });
  const leaves = (to: number): Effect => ({ type: 'reply', to, ballot: { counter: 1, node: '' }, answers: [] });

  /** An outbox whose journal gives positions 1, 2, 3 … */
  function outbox(): { take: (...effects: Effect[]) => Effect[]; forced: (through: number) => Effect[]; box: Outbox } {
    const box = new Outbox();
    let position = 0;
    return { box, take: (...effects) => box.take(effects, () => (position += 1)), forced: (it) => box.forced(it) };
  }

  it('lets what leaves the node go at once when nothing waits for the journal', () => {
    const { take } = outbox();
    expect(take(leaves(1))).toEqual([leaves(1)]);
  });

  it('holds what a step sends until the records of earlier steps are forced, in the order of the steps', () => {
    const { take, forced, box } = outbox();
    take(append(2));
    expect(take(leaves(1))).toEqual([]);
    expect(take(append(3), leaves(2))).toEqual([]);
    expect(take(leaves(3))).toEqual([]);
    expect(box.length).toBe(3);

    expect(forced(1)).toEqual([leaves(1)]);
    expect(forced(2)).toEqual([leaves(2), leaves(3)]);
    expect(box.length).toBe(0);
  });

  it('does not hold what was sent before a record was appended in the same step', () => {
    const { take } = outbox();
    expect(take(leaves(1), append(2), leaves(2))).toEqual([leaves(1)]);
  });

  it('does not hold what stays inside the node', () => {
    const { take } = outbox();
    expect(take(append(2), wait)).toEqual([wait]);
  });

  it('holds nothing back for a lazy record', () => {
    const { take } = outbox();
    expect(take(append(2, true), leaves(1))).toEqual([leaves(1)]);
  });

  it('takes a journal that was forced further than it asked, and never one that goes back', () => {
    const { take, forced } = outbox();
    forced(5);
    forced(2);
    expect(take(append(2), leaves(1))).toEqual([leaves(1)]);
  });
});
