import { writeFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { readJournal } from './reading.js';
import { type Entry, failureOf, inFolder, openJournal, writeBatches } from './testing/journals.js';

const entriesOf = async (file: string): Promise<Entry[]> => {
  const entries: Entry[] = [];
  await readJournal(file, ({ position, transaction, payload }) => {
    entries.push({ position, transaction, payload: payload.toString('latin1') });
  });
  return entries;
};

const groups = [
  [['main-1', 'begin']],
  [
    ['main-1', 'yes'],
    ['', ''],
  ],
  [['main-1', 'commit']],
] as const;

describe('a journal that is only read', () => {
  it('gives its records in order', () =>
    inFolder(async (file) => {
      const { batches } = await writeBatches(file, groups);
      expect(await entriesOf(file)).toEqual(batches.flat());
    }));

  it('keeps the torn tail that its writer would cut', () =>
    inFolder(async (file) => {
      const { batches, ends } = await writeBatches(file, groups);
      const torn = (await readFile(file)).subarray(0, ends[2]! - 3);
      await writeFile(file, torn);
      expect(await entriesOf(file)).toEqual(batches.slice(0, 2).flat());
      expect(await readFile(file)).toEqual(torn);
    }));

  it('is as it was when its reading began, whatever is written meanwhile', () =>
    inFolder(async (file) => {
      const { batches, ends } = await writeBatches(file, groups);
      const whole = await readFile(file);
      // The first batch stands there, and the second is being written.
      const now = Buffer.concat([whole.subarray(0, ends[0]! + 30), Buffer.alloc(whole.length - ends[0]! - 30)]);
      await writeFile(file, now);
      const entries: string[] = [];
      await readJournal(file, ({ payload }) => {
        entries.push(payload.toString('latin1'));
        writeFileSync(file, whole);
      });
      expect(entries).toEqual(batches[0]!.map(({ payload }) => payload));
    }));

  it('has what was forced before, while it is being written', () =>
    inFolder(async (file) => {
      const { journal } = await openJournal(file);
      for (let reading = 0; reading < 20; reading += 1) {
        journal.append('main-1', Buffer.alloc(500, 'x'));
        await journal.forced();
        const forced = journal.forcedThrough;
        journal.append('main-1', Buffer.alloc(500, 'y'));
        expect((await entriesOf(file)).map(({ position }) => position)).toContain(forced);
      }
      await journal.close();
    }));

  it('says where it is damaged', () =>
    inFolder(async (file) => {
      const { ends } = await writeBatches(file, groups);
      const image = await readFile(file);
      image.writeUInt8(image.readUInt8(ends[1]! - 1) ^ 1, ends[1]! - 1);
      await writeFile(file, image);
      const error = await failureOf(() => entriesOf(file));
      expect(error).toMatchObject({ code: 'journal-corrupt', file });
      expect(error.offset).toBeGreaterThanOrEqual(ends[0]!);
      expect(error.offset).toBeLessThan(ends[1]!);
    }));

  it('is not made when it is not there', () =>
    inFolder(async (file) => {
      // Twice: the first time must not have made it.
      for (let time = 1; time <= 2; time += 1)
        expect(await failureOf(() => entriesOf(file))).toMatchObject({ code: 'journal-unreadable', file });
    }));

  it('must be one', () =>
    inFolder(async (file) => {
      await writeFile(file, 'a text');
      expect(await failureOf(() => entriesOf(file))).toMatchObject({ code: 'journal-format' });
    }));
});
