// All chance of a run comes from its seed. A number is a digest of the seed and of how many were drawn before, so that it
// needs no generator of its own, and dice for one purpose change nothing for another.
import { createHash } from 'node:crypto';

export class Dice {
  private drawn = 0;

  constructor(private readonly seed: string) {}

  /** Dice of their own for one purpose. */
  for(purpose: string): Dice {
    return new Dice(`${this.seed}/${purpose}`);
  }

  /** From 0 up to but not including 1. */
  unit(): number {
    const digest = createHash('sha256')
      .update(`${this.seed}#${String(++this.drawn)}`)
      .digest();
    return digest.readUInt32BE() / 2 ** 32;
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
    const picked = items[Math.floor(this.unit() * items.length)];
    if (picked === undefined) throw new Error('there is nothing to pick from');
    return picked;
  }
}
