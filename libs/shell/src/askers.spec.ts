import { describe, expect, it } from '@jest/globals';
import { Askers } from './askers.js';

describe('those who wait for an answer of the core', () => {
  it('get each their own, once, in whatever order they come', async () => {
    const askers = new Askers<string>();
    const numbers: number[] = [];
    const waiting = ['first', 'second'].map(() => askers.wait((asker) => numbers.push(asker)));
    const [first = 0, second = 0] = numbers;
    expect(askers.answer(second, 'b')).toBe(true);
    expect(askers.answer(first, 'a')).toBe(true);
    expect(askers.answer(first, 'c')).toBe(false);
    expect(await Promise.all(waiting)).toEqual(['a', 'b']);
  });
});
