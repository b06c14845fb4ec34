import { describe, expect, it } from '@jest/globals';
import { parseArguments } from './arguments.js';

describe('the arguments of a simulation', () => {
  it('leave all to chance when there are none', () => {
    expect(parseArguments([])).toEqual({ seed: undefined, minutes: 1, story: false, size: {}, options: '' });
  });

  it('repeat a run', () => {
    const given = '--seed 7 --participants 5 --transactions 30 --protocol 2pc --minutes 0.5 --story'.split(' ');
    expect(parseArguments(given)).toEqual({
      seed: 7,
      minutes: 0.5,
      story: true,
      size: { participants: 5, transactions: 30, protocol: '2pc' },
      options: ' --participants 5 --transactions 30 --protocol 2pc',
    });
  });

  it.each([
    [['--seed'], '--seed is a whole number from 0 to 4294967295'],
    [['--seed', 'x'], '--seed is a whole number from 0 to 4294967295'],
    [['--seed', '1.5'], '--seed is a whole number from 0 to 4294967295'],
    [['--participants', '2'], '--participants is a whole number from 3 to 9'],
    [['--transactions', '0'], '--transactions is a whole number from 1 to 1000'],
    [['--protocol', '4pc'], '--protocol is one of e3pc, 2pc, 3pc'],
    [['--minutes', '0'], '--minutes is a number above 0, at most 10000'],
    [['--minutes', ''], '--minutes is a number above 0, at most 10000'],
    [['--sed', '1'], 'unknown argument: --sed'],
    [['7'], 'unknown argument: 7'],
  ])('%j is refused', (given, complaint) => {
    expect(parseArguments(given)).toBe(complaint);
  });
});
