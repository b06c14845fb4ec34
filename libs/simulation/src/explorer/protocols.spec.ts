// 2pc and 3pc in the explorer: what each may do that e3pc may not. The stories in golden/ are shortest ones; they hold no crash
// and no lost message, only messages and deadlines that come late.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { explore } from './explore.js';
import { setupOf } from './setup.js';
import { storyOf } from './story.js';

const golden = (name: string): string => readFileSync(new URL(`golden/${name}.txt`, import.meta.url), 'utf8');

describe('3pc', () => {
  it.each([1, 2])(
    'disagrees under delay, with participants: %d; e3pc does not within the same bound',
    (participants) => {
      const setup = setupOf({ participants, ballots: 2, protocol: '3pc' });
      const { violation } = explore(setup);
      if (violation === undefined) throw new Error('nothing was found');
      expect(storyOf(setup, violation)).toBe(golden(`3pc-${String(participants)}`));
      expect(explore({ ...setup, protocol: 'e3pc' })).toMatchObject({ violation: undefined, isComplete: true });
    },
  );

  it('agrees while only the coordinator has a clock: nobody asks, so nobody decides on what is late', () => {
    const found = explore(setupOf({ participants: 3, ballots: 1, protocol: '3pc' }));
    expect(found).toMatchObject({ violation: undefined, isComplete: true, states: 188 });
  });
});

describe('2pc', () => {
  it('never disagrees, under delay, loss and a crash', () => {
    const found = explore(setupOf({ participants: 2, ballots: 3, crashes: 1, protocol: '2pc' }));
    expect(found).toMatchObject({
      violation: undefined,
      isComplete: true,
      reached: { committed: true, aborted: true },
      states: 4_284,
    });
  });
});
