import { describe, expect, it } from '@jest/globals';
import { Attempts } from './attempts.js';

const take = (attempts: Attempts, key: string, times: number, now: number): number[] =>
  Array.from({ length: times }, () => attempts.take(key, now));

describe('attempts', () => {
  it('are allowed up to a number, and then one at a time as they come back', () => {
    const attempts = new Attempts({ burst: 3, everyMs: 1_000 });
    expect(take(attempts, 'Jo', 5, 0)).toEqual([0, 0, 0, 1_000, 1_000]);
    expect(take(attempts, 'Jo', 2, 999)).toEqual([1, 1]);
    expect(take(attempts, 'Jo', 2, 1_000)).toEqual([0, 1_000]);
    expect(take(attempts, 'Jo', 4, 1_000_000)).toEqual([0, 0, 0, 1_000]);
  });

  it('come back however far a clock is set back', () => {
    const attempts = new Attempts({ burst: 2, everyMs: 1_000 });
    take(attempts, 'Jo', 3, 3_600_000);
    expect(take(attempts, 'Jo', 1, 1_000)).toEqual([1_000]);
    expect(take(attempts, 'Jo', 1, 2_000)).toEqual([0]);
  });

  it('of one do not count for another', () => {
    const attempts = new Attempts({ burst: 1, everyMs: 1_000 });
    expect([...take(attempts, 'Jo', 2, 0), ...take(attempts, 'Al', 1, 0)]).toEqual([0, 1_000, 0]);
  });

  it('that were rightful do not count', () => {
    const attempts = new Attempts({ burst: 1, everyMs: 1_000 });
    for (let round = 0; round < 5; round += 1) {
      expect(attempts.take('Jo', 0)).toBe(0);
      attempts.giveBack('Jo');
    }
  });

  it('of a million addresses are remembered within a bound, and the present one is', () => {
    const attempts = new Attempts({ burst: 1, everyMs: 1_000 });
    for (let address = 0; address < 50_000; address += 1) attempts.take(String(address), address);
    expect(attempts.size).toBeLessThanOrEqual(10_000);
    expect(attempts.take('49999', 50_000)).toBeGreaterThan(0);
  });
});
