// Cutting a journal: what it holds afterwards, and what is found when it was interrupted.
import { describe, expect, it, jest } from '@jest/globals';
import { copyFile, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import { HEADER_BYTES, seedOf } from './frame.js';
import { Successor, type SnapshotRecord } from './successor.js';
import { contentOf, failureOf, inFolder, openJournal } from './testing/journals.js';

// Most stories force files many times, and disks may be slow.
jest.setTimeout(60_000);

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');
const payloads = (entries: readonly { payload: string }[]): string[] => entries.map(({ payload }) => payload);

async function* snapshotOf(...texts: readonly string[]): AsyncGenerator<SnapshotRecord> {
  await setImmediate();
  for (const text of texts) yield { transaction: 'main-1', payload: bytes(text) };
}

/** Cuts, and calls `during` after the first record of the snapshot. */
async function* interrupted(during: () => Promise<void>, ...texts: readonly string[]): AsyncGenerator<SnapshotRecord> {
  for (const text of texts) {
    yield { transaction: 'main-1', payload: bytes(text) };
    await during();
  }
}

describe('a journal that is cut', () => {
  it('holds the snapshot in the place of what came before, and keeps its identity', () =>
    inFolder(async (file) => {
      const { journal } = await openJournal(file);
      for (let i = 0; i < 100; i += 1) journal.append('main-1', bytes('x'.repeat(1000)));
      await journal.forced();
      const before = journal.appendedThrough;
      await journal.cut(snapshotOf('all', 'of it'));
      expect(journal.appendedThrough).toBe(before);
      expect(journal.tailBytes).toBe(0);
      const position = journal.append('main-2', bytes('after'));
      expect(position).toBeGreaterThan(before);
      await journal.close();

      const { entries, logId, cutBytes } = await contentOf(file);
      expect(payloads(entries)).toEqual(['all', 'of it', 'after']);
      expect(entries.at(-1)!.position).toBe(position);
      expect({ logId, cutBytes }).toEqual({ logId: journal.logId, cutBytes: 0 });
      expect((await stat(file)).size).toBeLessThan(30_000);
    }));

  it('goes on growing in positions over any number of cuts and restarts', () =>
    inFolder(async (file) => {
      let last = 0;
      for (let life = 0; life < 3; life += 1) {
        const { journal, entries } = await openJournal(file);
        expect(journal.appendedThrough).toBeGreaterThanOrEqual(last);
        if (life > 0) expect(payloads(entries)).toEqual([`snapshot ${life - 1}`, `tail ${life - 1}`]);
        await journal.cut(snapshotOf('to be cut again'));
        expect(journal.append('main-1', bytes('x'.repeat(100)))).toBeGreaterThan(last);
        await journal.cut(snapshotOf(`snapshot ${life}`));
        last = journal.append('main-1', bytes(`tail ${life}`));
        await journal.close();
      }
    }));

  it('keeps what is appended while the snapshot is written, in order, and reports it as forced meanwhile', () =>
    inFolder(async (file) => {
      const { journal } = await openJournal(file, { maxBatchBytes: 4096 });
      journal.append('main-1', bytes('cut away'));
      const appended: string[] = [];
      const append = async (): Promise<void> => {
        for (let i = 0; i < 20; i += 1) {
          appended.push(`${appended.length} ${'y'.repeat(500)}`);
          journal.append('main-1', bytes(appended.at(-1)!));
        }
        const { appendedThrough } = journal;
        await journal.forced();
        expect(journal.forcedThrough).toBeGreaterThanOrEqual(appendedThrough);
      };
      const cutting = journal.cut(interrupted(append, 'a', 'b', 'c'));
      // In the same turn as the call: not in the snapshot.
      journal.append('main-1', bytes('at once'));
      const later: Promise<void>[] = [];
      for (let turn = 0; turn < 50; turn += 1) {
        await setImmediate();
        later.push(append());
      }
      await cutting;
      await Promise.all(later);
      await append();
      await journal.close();
      expect(payloads((await contentOf(file)).entries)).toEqual(['a', 'b', 'c', 'at once', ...appended]);
    }));

  it('tells how much was appended since, also after a restart', () =>
    inFolder(async (file) => {
      const { journal } = await openJournal(file);
      await journal.cut(snapshotOf('a', 'b'));
      const { snapshotBytes } = journal;
      journal.append('main-1', bytes('tail'));
      const { tailBytes } = journal;
      expect(tailBytes).toBeGreaterThan('tail'.length);
      await journal.close();
      const reopened = await openJournal(file);
      expect(reopened.journal).toMatchObject({ snapshotBytes, tailBytes });
      await reopened.journal.close();
    }));

  it('takes a snapshot of many batches, and an empty one', () =>
    inFolder(async (file) => {
      const { journal } = await openJournal(file);
      const texts = Array.from({ length: 2000 }, (_, i) => `${i} ${'z'.repeat(400)}`);
      await journal.cut(snapshotOf(...texts));
      journal.append('main-1', bytes('tail'));
      await journal.close();
      expect(payloads((await contentOf(file)).entries)).toEqual([...texts, 'tail']);
      const reopened = await openJournal(file);
      await reopened.journal.cut(snapshotOf());
      await reopened.journal.close();
      expect((await contentOf(file)).entries).toEqual([]);
    }));

  it('is cut once at a time, and finishes before it is closed', () =>
    inFolder(async (file) => {
      const { journal } = await openJournal(file);
      const cutting = journal.cut(snapshotOf('snapshot'));
      expect(() => journal.cut(snapshotOf('another'))).toThrow(RangeError);
      await journal.close();
      await cutting;
      expect(payloads((await contentOf(file)).entries)).toEqual(['snapshot']);
      expect((await failureOf(() => journal.cut(snapshotOf()))).code).toBe('journal-closed');
    }));

  it('is as it was when the snapshot fails, and can be cut again', () =>
    inFolder(async (file) => {
      const { journal } = await openJournal(file);
      journal.append('main-1', bytes('kept'));
      const failing = interrupted(() => Promise.reject(new Error('no snapshot today')), 'a', 'b');
      await expect(journal.cut(failing)).rejects.toThrow('no snapshot today');
      await expect(stat(`${file}.new`)).rejects.toThrow('ENOENT');
      journal.append('main-1', bytes('too'));
      await journal.forced();
      await journal.cut(snapshotOf('snapshot'));
      await journal.close();
      expect(payloads((await contentOf(file)).entries)).toEqual(['snapshot']);
    }));
});

describe('a crash while a journal is cut', () => {
  it('leaves the old journal until the new one is whole, however much of the new one was written', () =>
    inFolder(async (file) => {
      const { journal } = await openJournal(file);
      journal.append('main-1', bytes('old'));
      await journal.forced();
      const found: string[][] = [];
      const look = async (): Promise<void> => {
        await copyFile(file, `${file}.seen`);
        await copyFile(`${file}.new`, `${file}.seen.new`);
        found.push(payloads((await contentOf(`${file}.seen`)).entries));
      };
      await journal.cut(interrupted(look, 'a', 'b'.repeat(300_000), 'c'));
      await journal.close();
      expect(found).toEqual([['old'], ['old'], ['old']]);
      expect((await contentOf(file)).entries).toHaveLength(3);
    }));

  it('finds the new journal whole as soon as it has the name', () =>
    inFolder(async (file) => {
      const { journal } = await openJournal(file);
      await journal.close();
      const log = { file, logId: journal.logId, seed: seedOf(journal.logId), from: journal.appendedThrough };
      const next = await Successor.write(log, snapshotOf('snapshot'));
      jest.spyOn(next.file, 'putInPlace').mockImplementation(() => copyFile(`${file}.new`, `${file}.seen`));
      await next.takeOver();
      await next.file.discard();
      expect(payloads((await contentOf(`${file}.seen`)).entries)).toEqual(['snapshot']);
    }));

  it('leaves nothing in the way of the next cut', () =>
    inFolder(async (file) => {
      const { journal } = await openJournal(file);
      await writeFile(`${file}.new`, Buffer.alloc(100_000, 7));
      await journal.cut(snapshotOf('snapshot'));
      journal.append('main-1', bytes('tail'));
      await journal.close();
      expect(payloads((await contentOf(file)).entries)).toEqual(['snapshot', 'tail']);
    }));
});

describe('damage to a journal that was cut', () => {
  const cutJournal = async (file: string): Promise<{ snapshotEnd: number; copiedEnd: number; end: number }> => {
    const { journal } = await openJournal(file);
    const tail = async (): Promise<void> => {
      journal.append('main-1', bytes('copied'));
      await journal.forced();
    };
    await journal.cut(interrupted(tail, 'snapshot'));
    const snapshotEnd = HEADER_BYTES + journal.snapshotBytes;
    const copiedEnd = snapshotEnd + journal.tailBytes;
    journal.append('main-1', bytes('later'));
    await journal.close();
    return { snapshotEnd, copiedEnd, end: snapshotEnd + journal.tailBytes };
  };

  it('is never taken for a torn tail before the end of what the header says was forced', () =>
    inFolder(async (file) => {
      const { copiedEnd } = await cutJournal(file);
      const image = await readFile(file);
      for (let at = HEADER_BYTES; at < copiedEnd; at += 1) {
        await writeFile(file, image.subarray(0, at));
        const failure = await failureOf(() => contentOf(file));
        expect({ at, code: failure.code }).toEqual({ at, code: 'journal-corrupt' });
        expect(failure.message).toContain(`forced up to offset ${copiedEnd}`);
      }
    }));

  it('after that end is a torn tail, and is cut', () =>
    inFolder(async (file) => {
      const { copiedEnd, end } = await cutJournal(file);
      await truncate(file, end - 1);
      const { entries, cutBytes } = await contentOf(file);
      expect(payloads(entries)).toEqual(['snapshot', 'copied']);
      expect(cutBytes).toBe(end - 1 - copiedEnd);
    }));
});
