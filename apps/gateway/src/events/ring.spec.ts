import { describe, expect, it } from '@jest/globals';
import { Ring, type RingEntry } from './ring.js';

const entry = (sequence: number, bytes = 10): RingEntry => ({ sequence, payload: new Uint8Array(bytes) });

describe('a ring', () => {
  it('keeps the last so many bytes, and at least the last entry', () => {
    const ring = new Ring(25);
    for (const sequence of [1, 2, 3]) ring.push(entry(sequence));
    expect([ring.first, ring.last]).toEqual([2, 3]);
    ring.push(entry(4, 100));
    expect([ring.first, ring.last]).toEqual([4, 4]);
  });

  it('finds the first entry from a place on, also where some are missing', () => {
    const ring = new Ring(1_000);
    for (const sequence of [3, 4, 9]) ring.push(entry(sequence));
    expect([1, 3, 5, 9, 10].map((sequence) => ring.from(sequence)?.sequence)).toEqual([3, 3, 9, 9, undefined]);
  });

  it('tells how many bytes a reader has still to read', () => {
    const ring = new Ring(1_000);
    for (const sequence of [1, 2, 3]) ring.push(entry(sequence));
    expect([1, 3, 4].map((sequence) => ring.bytesFrom(sequence))).toEqual([30, 10, 0]);
  });

  it('is the same after thousands have gone', () => {
    const ring = new Ring(30);
    for (let sequence = 1; sequence <= 10_000; sequence += 1) ring.push(entry(sequence));
    expect([ring.first, ring.last, ring.from(1)?.sequence, ring.bytesFrom(9_999)]).toEqual([9_998, 10_000, 9_998, 20]);
  });

  it('is empty once it is cleared', () => {
    const ring = new Ring(30);
    ring.push(entry(7));
    ring.clear();
    expect([ring.first, ring.last, ring.from(0), ring.bytesFrom(0)]).toEqual([1, 0, undefined, 0]);
  });
});
