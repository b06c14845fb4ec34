import { describe, expect, it } from '@jest/globals';
import { waitPreference } from './preference.js';

describe('the Prefer header', () => {
  it.each([
    ['wait=10', 10],
    ['wait=61', 60],
    ['wait=99999999999999999999999', 60],
    ['WAIT = 5', 5],
    ['wait="7"', 7],
    ['respond-async, wait=10', 10],
    ['handling=lenient; foo="a, wait=1", wait=3; bar=baz', 3],
    ['wait=2, wait=9', 2],
    [',, wait=4', 4],
  ])('%s waits', (header, seconds) => {
    expect(waitPreference(header, 60)).toBe(seconds);
  });

  it.each([
    undefined,
    '',
    'respond-async',
    'wait',
    'wait=',
    'wait=0',
    'wait=-1',
    'wait=1.5',
    'wait=soon',
    'wait="10',
    'wait=5 s',
    'await=5',
    'foo="wait=5',
    'wait=soon, wait=5',
  ])('%s does not', (header) => {
    expect(waitPreference(header, 60)).toBeUndefined();
  });

  it('is read in linear time', () => {
    const started = performance.now();
    waitPreference('"\\'.repeat(8_000), 60);
    waitPreference('a"'.repeat(8_000), 60);
    expect(performance.now() - started).toBeLessThan(100);
  });
});
