import { describe, expect, it } from '@jest/globals';
import { HEALTHY_MS, backOffMs, deathsInARow } from './back-off.js';

describe('the back-off', () => {
  it('doubles from a quarter of a second up to ten seconds', () => {
    expect([1, 2, 3, 4, 5, 6, 7, 8, 1000].map(backOffMs)).toEqual([
      250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000, 10_000,
    ]);
  });

  it('grows with each death of a process that was not healthy in between', () => {
    expect(deathsInARow(0, 10)).toBe(1);
    expect(deathsInARow(4, HEALTHY_MS - 1)).toBe(5);
  });

  it('starts again after a healthy minute', () => {
    expect(HEALTHY_MS).toBe(60_000);
    expect(deathsInARow(7, HEALTHY_MS)).toBe(1);
  });
});
