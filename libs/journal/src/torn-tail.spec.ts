// Crashes and damage, as images of the file that a machine could find at its next start.
import { describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { HEADER_BYTES, BATCH_HEADER_BYTES, MAX_BATCH_BYTES, recordBytes } from './frame.js';
import { contentOf, failureOf, inFolder, openJournal, writeBatches } from './testing/journals.js';

// Hundreds of openings, each of which forces the file several times.
jest.setTimeout(60_000);

const threeBatches = [
  [
    ['main-1', 'begin'],
    ['main-2', 'begin'],
  ],
  [['main-1', '']],
  [
    ['main-1', 'pre-commit'],
    ['main-2', 'yes'],
    ['main-3', 'no'],
  ],
] as const;

const SECTOR_BYTES = 512;

/** Proves that a repaired journal is a good one: it takes records, and gives everything back without a repair. */
const expectToGoOn = async (file: string, before: readonly unknown[]): Promise<void> => {
  const { journal } = await openJournal(file);
  expect(journal.repaired).toBeUndefined();
  const position = journal.append('after', Buffer.from('the crash'));
  await journal.close();
  const { entries, cutBytes } = await contentOf(file);
  expect({ entries, cutBytes }).toEqual({
    entries: [...before, { position, transaction: 'after', payload: 'the crash' }],
    cutBytes: 0,
  });
};

describe('a torn tail', () => {
  it.each([
    ['the file ends there', (image: Buffer, at: number) => image.subarray(0, at)],
    ['zeros follow', (image: Buffer, at: number) => Buffer.concat([image.subarray(0, at), Buffer.alloc(5000)])],
  ])('cut at every byte of the last batch, it is the batches before or the whole one (%s)', (_, cut) =>
    inFolder(async (file) => {
      const { batches, ends } = await writeBatches(file, threeBatches);
      const image = await readFile(file);
      const [, start, end] = ends as [number, number, number];
      const before = batches.slice(0, 2).flat();
      for (let at = start; at <= end; at += 1) {
        await writeFile(file, cut(image, at));
        const { entries, cutBytes } = await contentOf(file);
        // A cut within bytes that are zero anyway can be the whole batch: nothing is missing then.
        const whole = cut(image, at).subarray(0, end).equals(image.subarray(0, end));
        expect({ at, entries }).toEqual({ at, entries: whole ? batches.flat() : before });
        if (whole || at === start) expect({ at, cutBytes }).toEqual({ at, cutBytes: 0 });
        else expect(cutBytes).toBeGreaterThan(0);
        expect(cutBytes).toBeLessThanOrEqual(at - start);
      }
      await writeFile(file, cut(image, end - 1));
      expect((await contentOf(file)).entries).toEqual(before);
      await expectToGoOn(file, before);
    }),
  );

  it('of random bytes is cut, whatever its length', () =>
    inFolder(async (file) => {
      const { batches, ends } = await writeBatches(file, threeBatches);
      const image = await readFile(file);
      for (const bytes of [1, 3, 4, 19, 20, 21, 512, 4096, 1_500_000]) {
        const garbage = randomBytes(bytes);
        garbage[bytes - 1] = 7;
        await writeFile(file, Buffer.concat([image.subarray(0, ends[2]), garbage, Buffer.alloc(2_000_000)]));
        const { entries, cutBytes } = await contentOf(file);
        expect({ entries, cutBytes }).toEqual({ entries: batches.flat(), cutBytes: bytes });
      }
      await expectToGoOn(file, batches.flat());
    }));

  it('whose beginning never reached the disk is cut too, so that nothing stands in the way of the next batches', () =>
    inFolder(async (file) => {
      const { batches, ends } = await writeBatches(file, threeBatches);
      const image = await readFile(file);
      image.fill(0, ends[1], ends[2]! - 6);
      await writeFile(file, image);
      const { entries, cutBytes } = await contentOf(file);
      expect({ entries, cutBytes }).toEqual({ entries: batches.slice(0, 2).flat(), cutBytes: expect.any(Number) });
      expect(cutBytes).toBeGreaterThan(0);
      await expectToGoOn(file, batches.slice(0, 2).flat());
    }));

  it('with a byte flipped anywhere in the last batch is cut', () =>
    inFolder(async (file) => {
      const { batches, ends } = await writeBatches(file, threeBatches);
      const image = await readFile(file);
      for (let at = ends[1]!; at < ends[2]!; at += 1) {
        const damaged = Buffer.from(image);
        damaged[at]! ^= 0xff;
        await writeFile(file, damaged);
        const { entries, cutBytes } = await contentOf(file);
        expect({ at, entries }).toEqual({ at, entries: batches.slice(0, 2).flat() });
        expect(cutBytes).toBeGreaterThan(0);
      }
    }));

  it('holds for random batches of which any sectors of the last reached the disk', async () => {
    const payload = fc.string({
      unit: fc.integer({ min: 0, max: 255 }).map((b) => String.fromCharCode(b)),
      maxLength: 900,
    });
    const record = fc.tuple(fc.stringMatching(/^[a-z]{1,8}-[0-9]{1,4}$/), payload);
    const batches = fc.array(fc.array(record, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(batches, fc.nat(), fc.infiniteStream(fc.boolean()), (groups, pick, persisted) =>
        inFolder(async (file) => {
          const written = await writeBatches(file, groups);
          const image = await readFile(file);
          // The crash came while batch `torn` was written: later ones do not exist.
          const torn = pick % groups.length;
          const start = torn === 0 ? written.start : written.ends[torn - 1]!;
          const end = written.ends[torn]!;
          const found = Buffer.from(image);
          found.fill(0, start);
          for (let sector = Math.floor(start / SECTOR_BYTES) * SECTOR_BYTES; sector < end; sector += SECTOR_BYTES) {
            const to = Math.min(sector + SECTOR_BYTES, end);
            if (persisted.next().value) image.copy(found, Math.max(sector, start), Math.max(sector, start), to);
          }
          await writeFile(file, found);

          const whole = found.subarray(start, end).equals(image.subarray(start, end));
          const expected = written.batches.slice(0, whole ? torn + 1 : torn).flat();
          expect((await contentOf(file)).entries).toEqual(expected);
          await expectToGoOn(file, expected);
        }),
      ),
      { numRuns: 60 },
    );
  });
});

describe('damage to what was forced', () => {
  it('is refused with its place, wherever it is before the last batch', () =>
    inFolder(async (file) => {
      const { batches, ends, start } = await writeBatches(file, threeBatches);
      const image = await readFile(file);
      const starts = [start, ends[0]!];
      for (const [i, batchStart] of starts.entries()) {
        const places = [batchStart, batchStart + BATCH_HEADER_BYTES, ...batches[i]!.map(({ position }) => position)];
        for (let at = batchStart; at < ends[i]!; at += 1) {
          const damaged = Buffer.from(image);
          damaged[at]! ^= 0x10;
          await writeFile(file, damaged);
          const error = await failureOf(() => contentOf(file));
          const offset = places.findLast((place) => place <= at);
          expect({ at, code: error.code, offset: error.offset }).toEqual({ at, code: 'journal-corrupt', offset });
          expect(error.message).toContain(`(journal ${file}, offset ${offset})`);
          expect(error.message).toContain(`a later batch at offset ${ends[i]}`);
          // It is evidence: nothing of it is changed.
          expect(damaged.equals(await readFile(file))).toBe(true);
        }
      }
    }));

  it('is found across large files, also when the later batch is far behind', () =>
    inFolder(async (file) => {
      const { ends, start } = await writeBatches(file, [
        [['main-1', 'first']],
        [
          ['main-2', 'x'.repeat(1_000_000)],
          ['main-3', 'y'.repeat(1_000_000)],
        ],
        [['main-4', 'last']],
      ]);
      const image = await readFile(file);
      image.fill(0, start, ends[1]! - 1);
      await writeFile(file, image);
      const error = await failureOf(() => contentOf(file));
      expect({ code: error.code, offset: error.offset }).toEqual({ code: 'journal-corrupt', offset: start });
      expect(error.message).toContain(`a later batch at offset ${ends[1]}`);
    }));

  it('is found when the header of the later batch lies across the pieces in which the file is searched', () =>
    inFolder(async (file) => {
      const pieceBytes = 1024 * 1024;
      const overhead = BATCH_HEADER_BYTES + recordBytes('main-1'.length, 0);
      const { start, ends } = await writeBatches(file, [
        [['main-1', 'x'.repeat(pieceBytes - overhead - BATCH_HEADER_BYTES / 2)]],
        [['main-2', 'last']],
      ]);
      expect(ends[0]! - start).toBe(pieceBytes - BATCH_HEADER_BYTES / 2);
      const image = await readFile(file);
      image[start]! ^= 1;
      await writeFile(file, image);
      const error = await failureOf(() => contentOf(file));
      expect({ code: error.code, offset: error.offset }).toEqual({ code: 'journal-corrupt', offset: start });
    }));

  it('is not taken for a torn write when there is more of it than one write can leave', () =>
    inFolder(async (file) => {
      const { ends } = await writeBatches(file, threeBatches);
      const image = await readFile(file);
      const open = async (garbageBytes: number): Promise<unknown> => {
        await writeFile(file, Buffer.concat([image.subarray(0, ends[2]), Buffer.alloc(garbageBytes, 1)]));
        return contentOf(file);
      };
      const error = await failureOf(() => open(MAX_BATCH_BYTES + 1));
      expect({ code: error.code, offset: error.offset }).toEqual({ code: 'journal-corrupt', offset: ends[2] });
      expect(await open(MAX_BATCH_BYTES)).toMatchObject({ cutBytes: MAX_BATCH_BYTES });
    }));

  it('of the header is refused', () =>
    inFolder(async (file) => {
      await writeBatches(file, threeBatches);
      const image = await readFile(file);
      for (const at of [8, 9, 12, 16, 31, 32, 2000, HEADER_BYTES - 1]) {
        const damaged = Buffer.from(image);
        damaged[at]! ^= 1;
        await writeFile(file, damaged);
        const error = await failureOf(() => contentOf(file));
        expect({ at, code: error.code, offset: error.offset }).toEqual({ at, code: 'journal-corrupt', offset: 0 });
      }
    }));
});

describe('a file that is no journal of this version', () => {
  it.each([
    ['empty', Buffer.alloc(0)],
    ['text', Buffer.from('some notes\n'.repeat(1000))],
    ['shorter than a header', Buffer.from('PARLEYJL')],
  ])('is refused and left alone: %s', (_, content) =>
    inFolder(async (file) => {
      await writeFile(file, content);
      const error = await failureOf(() => contentOf(file));
      expect(error.code).toBe('journal-format');
      expect(error.message).toContain('not a journal of Parley');
      expect(content.equals(await readFile(file))).toBe(true);
    }),
  );

  it('is refused by its version', () =>
    inFolder(async (file) => {
      await contentOf(file);
      const image = await readFile(file);
      image.writeUInt32LE(7, 8);
      image.writeUInt32LE(crc32(image.subarray(0, HEADER_BYTES - 4)), HEADER_BYTES - 4);
      await writeFile(file, image);
      const error = await failureOf(() => contentOf(file));
      expect(error.code).toBe('journal-format');
      expect(error.message).toContain('format version 7, this program reads 2');
    }));

  it('does not take batches of another log for its own', () =>
    inFolder(async (file) => {
      const { ends } = await writeBatches(file, threeBatches);
      await contentOf(`${file}.other`);
      const [mine, other] = await Promise.all([readFile(file), readFile(`${file}.other`)]);
      await writeFile(`${file}.other`, Buffer.concat([other.subarray(0, HEADER_BYTES), mine.subarray(HEADER_BYTES)]));
      const { entries, cutBytes } = await contentOf(`${file}.other`);
      expect(entries).toEqual([]);
      expect(cutBytes).toBe(ends[2]! - HEADER_BYTES);
    }));
});
