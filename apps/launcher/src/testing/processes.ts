import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';

/** The names of all processes of a system of two participants and one gateway. */
export const EVERYTHING = [
  ...['broker', 'chat-1', 'chat-2', 'coordinator', 'gateway', 'launcher', 'participant-1', 'participant-2'],
];

/** Process ids of a data folder by name, as its pid files tell. */
export const pidsOf = async (dataFolder: string): Promise<Map<string, number>> => {
  const folder = join(dataFolder, 'run');
  const files = (await readdir(folder)).filter((file) => file.endsWith('.pid'));
  const pids = await Promise.all(files.map(async (file) => Number(await readFile(join(folder, file), 'utf8'))));
  return new Map(files.map((file, index) => [file.replace('.pid', ''), pids[index]!]));
};

/** Whether a process runs; one that has ended and only waits to be collected does not. */
export const isRunning = async (pid: number): Promise<boolean> => {
  try {
    process.kill(pid, 0);
    if (process.platform !== 'linux') return true;
    return !/^State:\s+Z/m.test(await readFile(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};

export const parentOf = async (pid: number): Promise<number> =>
  Number((await promisify(execFile)('ps', ['-o', 'ppid=', '-p', String(pid)])).stdout);

/** Resolved when none of the processes runs. They are not our children, so all that can be done is to look. */
export const allEnded = async (pids: Iterable<number>): Promise<void> => {
  for (const pid of pids) while (await isRunning(pid)) await wait(10);
};
