import { describe, expect, it } from '@jest/globals';
import { isReserved } from './reserved.js';
import { keyOf, skeletonOf } from './skeleton.js';

describe('names', () => {
  it.each([
    ['case', 'Jo', 'jO'],
    ['a final sigma', 'ΟΔΟΣ', 'οδος'],
    ['how accents are composed', 'Ren\u00e9', 'Rene\u0301'],
  ])('are one but for %s', (_, a, b) => {
    expect(keyOf(a)).toBe(keyOf(b));
    expect(skeletonOf(a)).toBe(skeletonOf(b));
  });

  it.each([
    ['Cyrillic for Latin', 'сор', 'cop'],
    ['Greek for Latin', 'ΑΝΝΑ', 'ANNA'],
    ['a digit for a letter', 'b0b', 'bob'],
    ['a one for a small l', 'A1ice', 'Alice'],
    ['two letters for one', 'Arne', 'Ame'],
    ['a letter without its accent', 'René', 'Rene'],
    ['joining characters', 'ann-marie', 'annmarie'],
  ])('look alike: %s', (_, a, b) => {
    expect(keyOf(a)).not.toBe(keyOf(b));
    expect(skeletonOf(a)).toBe(skeletonOf(b));
  });

  it('are otherwise different', () => {
    const names = ['Jo', 'Joe', 'Al', 'Ali', 'Борис', 'Βασίλης', '李', '利', 'محمد', 'client-1', 'client-10'];
    expect(new Set(names.map(skeletonOf)).size).toBe(names.length);
  });

  it.each(['operator', 'OPERATOR', '0perator', 'оperator', 'All', 'help', 'a-b-o-r-t'])('are reserved: %s', (name) => {
    expect(isReserved(name)).toBe(true);
  });
});
