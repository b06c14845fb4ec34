// Disks that are full, read-only or broken, and processes that are killed: real ones.
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { on, once } from 'node:events';
import { chmod, mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ForcedFile } from './forced-file.js';
import type { Report } from './testing/appender.js';
import { contentOf, failureOf, inFolder, openJournal } from './testing/journals.js';
import { SNAPSHOT, numbered } from './testing/numbered.js';

const APPENDER = fileURLToPath(new URL('testing/appender.ts', import.meta.url));
const NODE = [process.execPath, '--conditions=parley-source', '--import', '@swc-node/register/esm-register'];

// Processes have to start, and disks may be slow.
jest.setTimeout(120_000);

const children: ChildProcess[] = [];

/** Starts a process that appends to `file` without end; `before` is what the shell does first. */
const startAppender = (file: string, before = ':', ...more: readonly string[]): ChildProcess => {
  const args = ['-c', `${before}; exec "$@"`, 'sh', ...NODE, APPENDER, file, ...more];
  const child = spawn('/bin/sh', args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  children.push(child);
  return child;
};

/** Runs `work` as a user to whom file permissions apply: the superuser, as whom continuous integration may run, ignores them. */
const withoutPrivileges = async <T>(work: () => Promise<T>): Promise<T> => {
  if (process.geteuid?.() !== 0) return work();
  process.seteuid?.(65_534);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
};

/** Every report of the process until `enough` says so or it has ended. */
const reportsOf = async (child: ChildProcess, enough: (report: Report) => boolean): Promise<Report[]> => {
  const reports: Report[] = [];
  for await (const [report] of on(child, 'message', { close: ['disconnect'] }) as AsyncIterable<[Report]>) {
    reports.push(report);
    if (enough(report)) break;
  }
  return reports;
};

const forcedRecords = (reports: readonly Report[]): number =>
  Math.max(0, ...reports.map((report) => (report.type === 'failed' ? 0 : report.records)));

/** The journal holds the numbered records without a gap, at least those that were reported. */
const expectAllReported = async (file: string, reported: number): Promise<number> => {
  const { entries } = await contentOf(file);
  const inSnapshot = entries[0]?.transaction === SNAPSHOT ? Number(entries.shift()!.payload) : 0;
  expect(inSnapshot + entries.length).toBeGreaterThanOrEqual(reported);
  const expected = entries.map((_, n) => ({
    transaction: numbered(inSnapshot + n).transaction,
    payload: numbered(inSnapshot + n).payload.toString('latin1'),
  }));
  expect(entries.map(({ transaction, payload }) => ({ transaction, payload }))).toEqual(expected);
  return inSnapshot + entries.length;
};

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

describe('a process that is killed', () => {
  it.each([
    ['', [1, 20, 200], []],
    [', though its journal was being cut', [5, 50, 51, 52, 200, 211], ['cut']],
  ])('left everything in the journal that it had reported as forced, over several lives%s', (_, deaths, more) =>
    inFolder(async (file) => {
      let known = 0;
      for (const reportsBeforeDeath of deaths) {
        const child = startAppender(file, ':', ...more);
        let heard = 0;
        const reports = await reportsOf(child, (report) => report.type === 'forced' && ++heard === reportsBeforeDeath);
        expect(reports[0]).toEqual({ type: 'opened', records: known });
        // What arrives until the process is really gone had been reported too.
        const late = reportsOf(child, () => false);
        const exited = once(child, 'exit');
        child.kill('SIGKILL');
        reports.push(...(await late));
        expect(await exited).toEqual([null, 'SIGKILL']);
        expect(forcedRecords(reports)).toBeGreaterThan(known);
        known = await expectAllReported(file, forcedRecords(reports));
      }
    }),
  );
});

describe('a disk without room', () => {
  it('ends the journal for good, and keeps what was reported', () =>
    inFolder(async (file) => {
      const child = startAppender(file, 'ulimit -f 600');
      const exited = once(child, 'exit');
      const reports = await reportsOf(child, () => false);
      expect(await exited).toEqual([0, null]);
      expect(reports.filter(({ type }) => type === 'failed')).toEqual([
        {
          type: 'failed',
          failure: 'journal-full',
          append: 'journal-full',
          forced: 'journal-full',
          forcedBefore: 'no error',
          close: 'journal-full',
        },
      ]);
      expect(reports.at(-1)).toMatchObject({ type: 'failed' });
      expect(forcedRecords(reports)).toBeGreaterThan(100);
      await expectAllReported(file, forcedRecords(reports));
    }));

  it('is named with what to do', async () => {
    const full = await ForcedFile.open('/dev/full');
    const error = await failureOf(() => full?.write(Buffer.from('record'), 4096));
    await full?.close();
    expect(error.code).toBe('journal-full');
    expect(error.message).toContain('writing 6 bytes failed: ENOSPC');
    expect(error.message).toContain('(journal /dev/full, offset 4096). Free space on the disk');
  });
});

describe('a place that takes no writes', () => {
  it('is refused at opening when the file is read-only, and when its folder is', () =>
    inFolder(async (file) => {
      await chmod(dirname(file), 0o755);
      await contentOf(file);
      const image = await readFile(file);
      await chmod(file, 0o444);
      const { code, message } = await withoutPrivileges(() => failureOf(() => openJournal(file)));
      expect(code).toBe('journal-unwritable');
      expect(message).toContain('opening it for writing failed: EACCES');

      const folder = join(dirname(file), 'locked');
      await mkdir(folder, { mode: 0o555 });
      const refused = await withoutPrivileges(() => failureOf(() => openJournal(join(folder, 'journal.log'))));
      expect(refused.code).toBe('journal-unwritable');
      expect(refused.message).toContain('creating it failed: EACCES');
      expect(image.equals(await readFile(file))).toBe(true);
    }));

  it('is refused at opening when the folder does not exist, and when it is a folder itself', () =>
    inFolder(async (file) => {
      const missing = await failureOf(() => openJournal(join(file, 'journal.log')));
      expect(missing.code).toBe('journal-unwritable');
      expect(missing.message).toContain('Check that the folder exists');
      expect((await failureOf(() => openJournal(dirname(file)))).code).toBe('journal-unwritable');
    }));

  it('is named when the system answers a write with an input or output error', async () => {
    // The memory of this process as a file: at address 0 there is none, which the kernel calls an error of the device.
    const error = await failureOf(async () => {
      const file = await ForcedFile.open('/proc/self/mem');
      try {
        await file?.write(Buffer.from('record'), 0);
      } finally {
        await file?.close();
      }
    });
    expect(error.code).toBe('journal-unwritable');
    expect(error.message).toContain('writing 6 bytes failed: EIO');
  });
});

describe('a system without O_DSYNC', () => {
  it('has its writes forced by fdatasync', () =>
    inFolder(async (path) => {
      const file = await ForcedFile.build(path, false);
      expect(file.writesThrough).toBe(false);
      await file.grow(3_000_000);
      await file.write(Buffer.from('second'), 2_000_000);
      await file.putInPlace();
      expect((await file.read(2_000_000, 6)).toString()).toBe('second');
      await file.close();
      expect((await readFile(path)).length).toBe(3_000_000);
    }));

  it('says so when forcing fails', async () => {
    // This device takes writes, and fdatasync refuses it.
    const error = await failureOf(async () => {
      const file = await ForcedFile.open('/dev/null', false);
      try {
        await file?.write(Buffer.from('record'), 0);
      } finally {
        await file?.close();
      }
    });
    expect(error.code).toBe('journal-unwritable');
    expect(error.message).toContain('EINVAL');
  });
});
