import { expect, it } from '@jest/globals';
import { Outcomes } from './outcomes.js';

const from = { name: 'participant-1', logId: '1'.repeat(32) };

it('recorded outcomes are known by their place until so many others were recorded', () => {
  const outcomes = new Outcomes(2);
  const lines = [
    { outcome: 'committed' as const, decidedAt: 1 },
    { outcome: 'aborted' as const, decidedAt: 2 },
  ];
  outcomes.recorded({ from, book: 'main', first: 7, lines });
  expect(outcomes.of({ book: 'main', number: 7 })).toEqual(lines[0]);
  expect(outcomes.of({ book: 'main', number: 8 })).toEqual(lines[1]);
  expect(outcomes.of({ book: 'other', number: 7 })).toBeUndefined();

  outcomes.recorded({ from, book: 'other', first: 7, lines: lines.slice(0, 1) });
  expect(outcomes.of({ book: 'main', number: 7 })).toBeUndefined();
  expect(outcomes.of({ book: 'main', number: 8 })).toEqual(lines[1]);
  expect(outcomes.of({ book: 'other', number: 7 })).toEqual(lines[0]);
});
