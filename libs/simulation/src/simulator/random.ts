// All chance of a simulation comes from one of these, made from a seed: the same seed makes the same run.
//
// The generator is xoshiro128** 1.1: David Blackman and Sebastiano Vigna, "Scrambled Linear Pseudorandom Number
// Generators", ACM TOMS 47(4), 2021; https://prng.di.unimi.it/xoshiro128starstar.c (public domain). Its state is filled from
// the seed by a SplitMix generator (Steele, Lea and Flood, OOPSLA 2014) with the 32-bit finaliser of MurmurHash3.

const rotl = (x: number, k: number): number => (x << k) | (x >>> (32 - k));

function splitMix(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return (z ^ (z >>> 16)) >>> 0;
  };
}

export class Random {
  constructor(private readonly state: [number, number, number, number]) {}

  /** `seed` is an integer; its lowest 32 bits count. */
  static seeded(seed: number): Random {
    const next = splitMix(seed);
    return new Random([next(), next(), next(), next()]);
  }

  /** An integer from 0 to 2^32 - 1. */
  next(): number {
    const { state } = this;
    const result = Math.imul(rotl(Math.imul(state[1], 5), 7), 9) >>> 0;
    const shifted = state[1] << 9;
    state[2] ^= state[0];
    state[3] ^= state[1];
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= shifted;
    state[3] = rotl(state[3], 11);
    return result;
  }

  /** From 0 up to but not including 1. */
  unit(): number {
    return this.next() / 0x1_0000_0000;
  }

  /** An integer from 0 up to but not including `limit`. */
  below(limit: number): number {
    return Math.floor(this.unit() * limit);
  }

  between(least: number, below: number): number {
    return least + this.unit() * (below - least);
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.unit() < probability;
  }

  /** One of `items`, of which there must be some. */
  pick<T>(items: readonly T[]): T {
    const picked = items[this.below(items.length)];
    if (picked === undefined) throw new Error('there is nothing to pick from');
    return picked;
  }

  /** A generator of its own: what is drawn from it later changes nothing here. */
  fork(): Random {
    return Random.seeded(this.next());
  }
}
