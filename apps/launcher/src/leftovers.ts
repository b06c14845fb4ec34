// After a launcher was killed its processes end by themselves, because their channel closes. A start that follows at once
// waits for that: two processes must not write one folder.
import { execFile } from 'node:child_process';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { configurationFileOf } from '@parley/broker';
import { runFolder } from './data-folder.js';
import { LauncherError } from './launcher-error.js';
import { hasCode } from './system-error.js';

const LOOK_MS = 50;
const PATIENCE_MS = 15_000;

/** The command line of a process; empty when there is no such process, or it has ended and only waits to be collected. */
const commandLine = async (pid: number): Promise<string> => {
  try {
    if (process.platform === 'linux') return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ');
    return (await promisify(execFile)('ps', ['-ww', '-o', 'args=', '-p', String(pid)])).stdout;
  } catch {
    return ''; // Both ways fail in several manners when there is no such process.
  }
};

const terminate = (pid: number): void => {
  try {
    process.kill(pid, 'SIGTERM');
  } catch (error) {
    if (!hasCode(error, 'ESRCH')) throw error; // It has ended meanwhile.
  }
};

const pidsOf = async (folder: string): Promise<{ name: string; path: string; pid: number }[]> => {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.pid'));
  return Promise.all(
    files.map(async (file) => {
      const path = join(folder, file);
      return { name: file.replace(/\.pid$/, ''), path, pid: Number.parseInt(await readFile(path, 'utf8'), 10) };
    }),
  );
};

/**
 * Waits until the processes that an earlier launcher left on a data folder have ended, and clears their pid files.
 *
 * @param entries the programs that services run: a process is known by its command line, as its id may be another's by now
 * @param say tells the user for what it waits
 * @throws LauncherError naming one that is still there after 15 s
 */
export const awaitLeftovers = async (
  dataFolder: string,
  entries: readonly string[],
  say: (line: string) => void,
): Promise<void> => {
  const brokerMark = configurationFileOf(dataFolder);
  const deadline = performance.now() + PATIENCE_MS;
  for (const { name, path, pid } of await pidsOf(runFolder(dataFolder))) {
    const marks = name === 'broker' ? [brokerMark] : entries;
    const isLeft = async () => {
      const command = await commandLine(pid);
      return marks.some((mark) => command.includes(mark));
    };
    if (await isLeft()) {
      say(`Waiting for ${name} (pid ${pid}) of an earlier start to end.`);
      // The broker has no channel of its own, and its supervisor may have been killed with the launcher.
      if (name === 'broker') terminate(pid);
    }
    while (await isLeft()) {
      if (performance.now() > deadline) {
        throw new LauncherError(`${name} of an earlier start still runs. End it with: kill ${pid}`);
      }
      await wait(LOOK_MS);
    }
    await rm(path, { force: true });
  }
};
