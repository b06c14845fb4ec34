import { describe, expect, it } from '@jest/globals';
import { Random } from './random.js';

describe('the dice of a simulation', () => {
  it('are xoshiro128**: the first numbers of the reference algorithm from the state 1, 2, 3, 4', () => {
    const random = new Random([1, 2, 3, 4]);
    expect(Array.from({ length: 10 }, () => random.next())).toEqual([
      ...[11_520, 0, 5_927_040, 70_819_200, 2_031_721_883],
      ...[1_637_235_492, 1_287_239_034, 3_734_860_849, 3_729_100_597, 4_258_142_804],
    ]);
  });

  it('give the same for the same seed, and something else for another', () => {
    const draw = (seed: number): number[] => {
      const random = Random.seeded(seed);
      return Array.from({ length: 5 }, () => random.below(1_000_000));
    };
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
  });

  it('are fair enough: each face of six comes about as often', () => {
    const random = Random.seeded(1);
    const faces = [0, 0, 0, 0, 0, 0];
    for (let roll = 0; roll < 60_000; roll += 1) faces[random.below(6)]! += 1;
    for (const count of faces) expect(Math.abs(count - 10_000)).toBeLessThan(400);
  });
});
