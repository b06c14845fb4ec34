// The explorer finds what is wrong. Each mutant's shortest counter-example is kept as a story in golden/: what changes one
// changes the protocol or the explorer, and the commit says why.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { explore } from './explore.js';
import { mutants } from './mutants.js';
import { setupOf } from './setup.js';
import { storyOf } from './story.js';

const golden = (name: string): string => readFileSync(new URL(`golden/${name}.txt`, import.meta.url), 'utf8');

describe('the explorer finds that it is wrong when', () => {
  it.each(Object.entries(mutants).map(([name, mutant]) => ({ name, ...mutant })))(
    '$what: $steps steps',
    ({ name, what, steps, bound, conduct }) => {
      const setup = setupOf({ ...bound, conduct });
      const { violation } = explore(setup);
      if (violation === undefined) throw new Error('nothing was found');
      expect(violation.trace).toHaveLength(steps);
      expect(`When ${what}:\n\n${storyOf(setup, violation)}`).toBe(golden(name));
    },
    300_000,
  );
});
