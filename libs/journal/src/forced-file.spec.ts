// Which thread writes: counted at the system's call, which is the real one. How long it takes is what the test says.
import { afterAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import * as fs from 'node:fs';

const here = { writes: 0, takesMs: 0 };
let now = 0;
const clock = jest.spyOn(performance, 'now').mockImplementation(() => now);

jest.unstable_mockModule('node:fs', () => ({
  ...fs,
  writeSync: (...given: Parameters<typeof fs.writeSync>) => {
    here.writes += 1;
    now += here.takesMs;
    return fs.writeSync(...given);
  },
}));
const { contentOf, inFolder, openJournal } = await import('./testing/journals.js');

describe('a forced write', () => {
  beforeEach(() => {
    Object.assign(here, { writes: 0, takesMs: 0 });
  });
  afterAll(() => clock.mockRestore());

  it('of few records is done in this thread, of many in another while this one goes on', () =>
    inFolder(async (file) => {
      const { journal } = await openJournal(file);
      const writes: number[] = [];
      for (const records of [1, 3, 2, 10]) {
        for (let record = 1; record <= records; record += 1) journal.append('main-1', Buffer.from('vote'));
        await journal.forced();
        writes.push(here.writes);
      }
      expect(writes).toEqual([1, 1, 2, 2]);
      await journal.close();
      expect((await contentOf(file)).entries).toHaveLength(16);
    }));

  it('that nobody waits for is done in another thread', () =>
    inFolder(async (file) => {
      const { journal } = await openJournal(file);
      const written = new Promise<number>((resolve) => journal.onForced(resolve));
      const position = journal.append('main-1', Buffer.from('decided'));
      expect(await written).toBe(position);
      expect(here.writes).toBe(0);
      await journal.close();
    }));

  it('after a slow one does not make the process stand still, until one was quick', () =>
    inFolder(async (file) => {
      const { journal } = await openJournal(file);
      here.takesMs = 50;
      const writes: number[] = [];
      for (const record of ['slow', 'aside', 'quick again']) {
        journal.append('main-1', Buffer.from(record));
        await journal.forced();
        writes.push(here.writes);
      }
      expect(writes).toEqual([1, 1, 2]);
      await journal.close();
      expect((await contentOf(file)).entries.map(({ payload }) => payload)).toEqual(['slow', 'aside', 'quick again']);
    }));
});
