import { describe, expect, it } from '@jest/globals';
import { Receipts } from './receipts.js';

describe('receipts', () => {
  it('are one at a time, each for all that was told by then', async () => {
    const given: number[] = [];
    const answers: (() => void)[] = [];
    const receipts = new Receipts(({ offset }) => {
      given.push(offset);
      return new Promise((resolve) => answers.push(resolve));
    });
    for (let offset = 1; offset <= 1_000; offset += 1) receipts.note({ epoch: 1, offset });
    expect(given).toEqual([1]);
    const all = receipts.given;
    for (let n = 0; n < 2; n += 1) {
      answers[n]!();
      await new Promise(setImmediate);
    }
    await all;
    expect(given).toEqual([1, 1_000]);

    receipts.note({ epoch: 1, offset: 1_001 });
    expect(given).toEqual([1, 1_000, 1_001]);
  });
});
