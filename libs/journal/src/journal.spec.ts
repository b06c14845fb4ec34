import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { readdir, stat, utimes, writeFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { contentOf, failureOf, inFolder, openJournal } from './testing/journals.js';

// Most stories force files many times, and disks may be slow.
jest.setTimeout(60_000);

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

describe('a journal', () => {
  it('gives back after reopening what was appended, in order, under the same positions', () =>
    inFolder(async (file) => {
      const { journal, entries } = await openJournal(file);
      expect(entries).toEqual([]);
      const texts = ['one', '', 'x'.repeat(65_536), 'y'.repeat(1024 * 1024), 'last'];
      const expected = texts.map((payload, i) => {
        const transaction = i === 1 ? '' : `main-${i}`;
        return { position: journal.append(transaction, bytes(payload)), transaction, payload };
      });
      await journal.close();

      const reopened = await openJournal(file);
      expect(reopened.entries).toEqual(expected);
      expect(reopened.journal.repaired).toBeUndefined();
      expect(reopened.journal.forcedThrough).toBe(expected.at(-1)!.position);
      const more = reopened.journal.append('main-9', bytes('more'));
      await reopened.journal.close();
      expect((await contentOf(file)).entries).toEqual([
        ...expected,
        { position: more, transaction: 'main-9', payload: 'more' },
      ]);
    }));

  it('keeps its identity over restarts, and a new one has another', () =>
    inFolder(async (file) => {
      const { logId } = await contentOf(file);
      expect(logId).toMatch(/^[0-9a-f]{32}$/);
      expect((await contentOf(file)).logId).toBe(logId);
      expect((await contentOf(`${file}.other`)).logId).not.toBe(logId);
    }));

  it('is made anew over what an interrupted creation left', () =>
    inFolder(async (file) => {
      await writeFile(`${file}.new`, 'half a hea');
      const { journal } = await openJournal(file);
      journal.append('main-1', bytes('one'));
      await journal.close();
      expect((await contentOf(file)).entries).toHaveLength(1);
      await expect(stat(`${file}.new`)).rejects.toThrow('ENOENT');
    }));

  it('writes the last batch again when it is opened, because it may have reached only the cache', () =>
    inFolder(async (file) => {
      const { journal } = await openJournal(file);
      journal.append('main-1', bytes('one'));
      await journal.close();
      await utimes(file, 0, 0);
      expect((await contentOf(file)).entries).toHaveLength(1);
      expect((await stat(file)).mtimeMs).toBeGreaterThan(0);
    }));

  describe('with a record that nobody waits for', () => {
    beforeEach(() => void jest.useFakeTimers({ doNotFake: ['nextTick', 'performance', 'setImmediate'] }));
    afterEach(() => void jest.useRealTimers());

    it('writes it with the next that somebody waits for', () =>
      inFolder(async (file) => {
        const { journal } = await openJournal(file);
        journal.append('main-1', bytes('decided'));
        for (let turn = 0; turn < 5; turn += 1) await setImmediate();
        expect(journal.batchesWritten).toBe(0);
        journal.append('main-2', bytes('vote'));
        await journal.forced();
        expect(journal.batchesWritten).toBe(1);
        await journal.close();
        expect((await contentOf(file)).entries.map(({ payload }) => payload)).toEqual(['decided', 'vote']);
      }));

    it('writes it alone when none comes', () =>
      inFolder(async (file) => {
        const { journal } = await openJournal(file);
        const forced = new Promise<number>((resolve) => journal.onForced(resolve));
        const position = journal.append('main-1', bytes('decided'));
        jest.advanceTimersByTime(10);
        expect(await forced).toBe(position);
        await journal.close();
      }));

    it('writes it at once when somebody comes to wait for it', () =>
      inFolder(async (file) => {
        const { journal } = await openJournal(file);
        journal.append('main-1', bytes('decided'));
        await journal.forced();
        expect(journal.batchesWritten).toBe(1);
        await journal.close();
      }));
  });

  it('stays as long as it is while more than half of its zeros are left, and then grows ahead of need', () =>
    inFolder(async (file) => {
      const { journal } = await openJournal(file, { preallocateBytes: 100_000 });
      const { size } = await stat(file);
      expect(size).toBeGreaterThanOrEqual(100_000);
      const append = async (records: number): Promise<void> => {
        for (let i = 0; i < records; i += 1) {
          journal.append('main-1', bytes('x'.repeat(3000)));
          await journal.forced();
        }
      };
      await append(16);
      expect((await stat(file)).size).toBe(size);
      await append(1);
      await journal.close();
      expect((await stat(file)).size).toBe(size + 100_000);
      expect((await contentOf(file)).entries).toHaveLength(17);
    }));

  it('takes at once more than it has room for', () =>
    inFolder(async (file) => {
      const { journal } = await openJournal(file);
      for (let i = 0; i < 100; i += 1) journal.append('main-1', bytes('x'.repeat(3000)));
      await journal.forced();
      expect(journal.batchesWritten).toBe(1);
      expect((await stat(file)).size).toBeGreaterThanOrEqual(journal.forcedThrough);
      await journal.close();
      expect((await contentOf(file)).entries).toHaveLength(100);
    }));

  it('loses nothing to the zeros that are written ahead meanwhile', () =>
    inFolder(async (file) => {
      const { journal } = await openJournal(file, { preallocateBytes: 2_000_000 });
      const lengths = Array.from({ length: 40 }, (_, i) => 400_000 + i);
      for (const [i, length] of lengths.entries()) {
        journal.append('main-1', Buffer.alloc(length, 1));
        if (i % 3 === 2) await journal.forced();
      }
      await journal.close();
      const { entries, cutBytes } = await contentOf(file);
      expect({ cutBytes, lengths: entries.map(({ payload }) => payload.length) }).toEqual({ cutBytes: 0, lengths });
    }));

  it('refuses a record over the limits and goes on', () =>
    inFolder(async (file) => {
      const { journal } = await openJournal(file);
      const payload = await failureOf(() => journal.append('main-1', Buffer.alloc(1024 * 1024 + 1)));
      expect(payload.code).toBe('record-too-large');
      expect(payload.message).toContain('1048577 bytes are over the limit of 1048576');
      expect((await failureOf(() => journal.append('é'.repeat(128), bytes('')))).code).toBe('record-too-large');
      journal.append('é'.repeat(127), bytes('fits'));
      await journal.close();
      expect((await contentOf(file)).entries.map(({ transaction }) => transaction)).toEqual(['é'.repeat(127)]);
    }));

  it('hands the error of a replay through and lets go of the file', () =>
    inFolder(async (file) => {
      const { journal } = await openJournal(file);
      journal.append('main-1', bytes('one'));
      await journal.close();
      const replay = (): void => {
        throw new Error('not a record of ours');
      };
      await expect(openJournal(file, { replay })).rejects.toThrow('not a record of ours');
      expect((await contentOf(file)).entries).toHaveLength(1);
    }));

  it('refuses options without meaning', () =>
    inFolder(async (file) => {
      await expect(openJournal(file, { preallocateBytes: 0 })).rejects.toThrow(RangeError);
      await expect(openJournal(file, { maxBatchBytes: 2 ** 40 })).rejects.toThrow(RangeError);
    }));
});

describe('group commit', () => {
  it('forces what is appended in one turn with one write', () =>
    inFolder(async (file) => {
      const { journal } = await openJournal(file);
      const positions = Array.from({ length: 1000 }, (_, i) => journal.append(`main-${i}`, bytes('{"type":"yes"}')));
      expect(journal.appendedThrough).toBe(positions.at(-1));
      expect(journal.forcedThrough).toBeLessThan(positions[0]!);
      await journal.forced();
      expect(journal.forcedThrough).toBe(journal.appendedThrough);
      expect(journal.batchesWritten).toBe(1);
      await journal.close();
    }));

  it('forces what is appended during a write with the next one, and tells in order', () =>
    inFolder(async (file) => {
      const { journal } = await openJournal(file);
      const told: (number | string)[] = [];
      journal.onForced((through) => told.push(through));
      const first = journal.append('main-1', bytes('first'));
      void journal.forced(first).then(() => told.push('first is forced'));
      await setImmediate();
      for (let i = 0; i < 500; i += 1) journal.append('main-2', bytes('meanwhile'));
      const last = journal.appendedThrough;
      await journal.forced(last);
      expect(told).toEqual([first, 'first is forced', last]);
      expect(journal.batchesWritten).toBe(2);
      await journal.close();
    }));

  it('splits what does not fit one write', () =>
    inFolder(async (file) => {
      const { journal } = await openJournal(file, { maxBatchBytes: 2500 });
      for (let i = 0; i < 10; i += 1) journal.append(`main-${i}`, Buffer.alloc(1000));
      journal.append('main-10', Buffer.alloc(5000));
      await journal.forced();
      expect(journal.batchesWritten).toBe(6);
      await journal.close();
      expect((await contentOf(file)).entries).toHaveLength(11);
    }));

  it('takes up what a listener appends', () =>
    inFolder(async (file) => {
      const { journal } = await openJournal(file);
      let left = 20;
      const emptied = new Promise<void>((resolve) => {
        journal.onForced(() => {
          if (left === 0) resolve();
          else journal.append('main-1', bytes(String((left -= 1))));
        });
      });
      journal.append('main-1', bytes('start'));
      await emptied;
      await journal.close();
      const { entries } = await contentOf(file);
      expect(entries.map(({ payload }) => payload)).toEqual([
        'start',
        ...Array.from({ length: 20 }, (_, i) => `${19 - i}`),
      ]);
    }));

  it('does not wait for what was never appended', () =>
    inFolder(async (file) => {
      const { journal } = await openJournal(file);
      await journal.forced();
      await expect(journal.forced(journal.appendedThrough + 1)).rejects.toThrow(RangeError);
      await journal.close();
    }));
});

describe('closing', () => {
  it('forces what was appended, and nothing is accepted afterwards', () =>
    inFolder(async (file) => {
      const { journal } = await openJournal(file);
      const position = journal.append('main-1', bytes('one'));
      const closed = journal.close();
      expect((await failureOf(() => journal.append('main-2', bytes('two')))).code).toBe('journal-closed');
      await closed;
      await journal.close();
      expect(journal.forcedThrough).toBe(position);
      await journal.forced(position);
      expect((await contentOf(file)).entries).toEqual([{ position, transaction: 'main-1', payload: 'one' }]);
    }));

  it('leaves nothing else in the folder', () =>
    inFolder(async (file) => {
      await contentOf(file);
      expect(await readdir(dirname(file))).toEqual([basename(file)]);
    }));
});
