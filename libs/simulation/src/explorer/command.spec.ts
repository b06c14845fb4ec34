import { describe, expect, it } from '@jest/globals';
import { BadArgument, report, setupFrom } from './command.js';

describe('npm run explore', () => {
  it('ends with one line: bound, states, verdict', () => {
    expect(report(setupFrom(['--participants', '2', '--ballots', '2']))).toEqual({
      text: 'e3pc, participants 2, ballots 2, crashes 0, unforced 0, losses 0: 313 states, agreement and validity hold in all of them',
      holds: true,
    });
  });

  it('tells the story of what a mutant does, and ends with the same line', () => {
    const { text, holds } = report(setupFrom(['--mutant', 'restart-aborts-alone']));
    expect(text).toMatch(/^1\. A string is proposed\..*\n2\. /);
    expect(text).toMatch(/\ne3pc, participants 2, .* states, VIOLATED: agreement$/);
    expect(holds).toBe(false);
  });

  it('says of a search that was ended that it was not finished', () => {
    expect(report(setupFrom(['--ballots', '2']), 1000)).toMatchObject({
      text: expect.stringContaining('not finished'),
      holds: false,
    });
  });

  it.each([
    [['--participants', 'many'], '--participants is a number from 1 to 6, not "many"'],
    [['--participants', '7'], '--participants is a number from 1 to 6, not "7"'],
    [['--ballots'], '--ballots needs a value'],
    [['--ballots', '2', '--ballots', '3'], '--ballots is given twice'],
    [['--protocol', '4pc'], '--protocol is e3pc, 3pc or 2pc, not "4pc"'],
    [['--mutant', 'none'], 'there is no mutant "none"'],
    [['4'], '"4" is not an option'],
    [['--conduct', 'bad'], '"--conduct" is not an option'],
  ])('refuses %j', (words, message) => {
    expect(() => setupFrom(words)).toThrow(new BadArgument(message));
  });
});
