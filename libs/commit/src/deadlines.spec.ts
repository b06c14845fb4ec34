import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Place } from '@parley/contracts';
import { Deadlines, type Clock } from './deadlines.js';

const clock: Clock = {
  now: () => Date.now(),
  after: (delayMs, action) => {
    const timer = setTimeout(action, delayMs);
    return () => clearTimeout(timer);
  },
};

const main = (number: number): Place => ({ book: 'main', number });

describe('deadlines', () => {
  let passed: [string, Place[]][];
  let deadlines: Deadlines<'votes' | 'retry'>;

  beforeEach(() => {
    jest.useFakeTimers({ now: 1_000_000 });
    passed = [];
    deadlines = new Deadlines((wait, places) => passed.push([wait, places]), clock);
  });
  afterEach(() => {
    deadlines.stop();
    jest.useRealTimers();
  });

  it('pass at their time, never before it', () => {
    deadlines.set('votes', main(1), 1_000_100);
    jest.advanceTimersByTime(99);
    expect(passed).toEqual([]);
    jest.advanceTimersByTime(21);
    expect(passed).toEqual([['votes', [main(1)]]]);
  });

  it('pass together when they end in one tick, once per kind of wait', () => {
    deadlines.set('votes', main(1), 1_000_101);
    deadlines.set('retry', main(2), 1_000_105);
    deadlines.set('votes', main(3), 1_000_119);
    jest.advanceTimersByTime(200);
    expect(passed).toEqual([
      ['votes', [main(1), main(3)]],
      ['retry', [main(2)]],
    ]);
  });

  it('are replaced by a later wait of the same transaction', () => {
    deadlines.set('votes', main(1), 1_000_100);
    deadlines.set('retry', main(1), 1_000_300);
    jest.advanceTimersByTime(250);
    expect(passed).toEqual([]);
    jest.advanceTimersByTime(100);
    expect(passed).toEqual([['retry', [main(1)]]]);
  });

  it('do not pass once they are cleared', () => {
    deadlines.set('votes', main(1), 1_000_100);
    deadlines.clear(main(1));
    jest.advanceTimersByTime(500);
    expect(passed).toEqual([]);
  });

  it('take one timer for all that end in one tick, also when each is cleared before the next is set', () => {
    for (let number = 1; number <= 10; number += 1) {
      deadlines.set('votes', main(number), 1_000_100);
      deadlines.clear(main(number));
      expect(jest.getTimerCount()).toBe(1);
    }
    deadlines.stop();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('pass at once when they lie in the past', () => {
    deadlines.set('votes', main(1), 900_000);
    jest.advanceTimersByTime(0);
    expect(passed).toEqual([['votes', [main(1)]]]);
  });
});
