import { describe, expect, it } from '@jest/globals';
import { byteRange } from './byte-range.js';

describe('a range of bytes', () => {
  it.each([
    ['bytes=0-0', [0, 1]],
    ['bytes=2-5', [2, 6]],
    ['bytes=2-', [2, 10]],
    ['bytes=2-99999999999999999999', [2, 10]],
    ['bytes=-3', [7, 10]],
    ['bytes=-30', [0, 10]],
  ])('%s is a part of ten', (header, part) => {
    expect(byteRange(header, 10)).toEqual(part);
  });

  it.each(['bytes=10-', 'bytes=10-12', 'bytes=-0', 'bytes=99999999999999999999-'])('%s is nothing of ten', (header) => {
    expect(byteRange(header, 10)).toBeNull();
  });

  it.each([undefined, '', 'bytes=', 'bytes=-', 'bytes=5-2', 'bytes=1-2,4-5', 'lines=1-2', 'bytes=a-b', 'bytes=1-2x'])(
    '%s is left out of account',
    (header) => {
      expect(byteRange(header, 10)).toBeUndefined();
    },
  );
});
