import { describe, expect, it } from '@jest/globals';
import { BusError } from '@parley/messaging';
import { ProblemError } from './problem.js';
import { problemOf } from './problem-of.js';

describe('an error becomes', () => {
  it('the problem that it is', () => {
    const problem = new ProblemError('room-full', 'it takes 9');
    expect(problemOf(problem)).toBe(problem);
  });

  it('a missing broker where the bus has no connection', () => {
    expect(problemOf(new BusError('disconnected', 'no connection'))).toMatchObject({ code: 'broker-unreachable' });
  });

  it.each([
    new BusError('invalid-reply', 'the secret is 1234'),
    new TypeError('the secret is 1234'),
    '1234',
    undefined,
  ])('a mistake of the server, without what it was: %s', (error) => {
    const problem = problemOf(error);
    expect(problem).toMatchObject({ code: 'internal', cause: error });
    expect(problem.detail).not.toContain('1234');
  });
});
