import { afterAll, beforeAll } from '@jest/globals';
import { System, type SystemOptions } from './system.js';

/** Starting and stopping a system takes seconds, on a busy machine many. */
const START_MS = 120_000;

/** A system that is there for all tests of a file, or of a `describe`. */
export function givenSystem(options?: SystemOptions): { readonly system: System } {
  let system: System | undefined;
  beforeAll(async () => {
    system = await System.start(options);
  }, START_MS);
  afterAll(async () => system?.stop(), START_MS);
  return {
    get system() {
      if (system === undefined) throw new Error('the system was not started');
      return system;
    },
  };
}
