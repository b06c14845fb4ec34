// What a system in a test has around it: the environment that it is started in, and what it must not leave behind.
import { execFile } from 'node:child_process';
import { readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Variables that would change what a system is, when the tests run in an environment that has them. */
const OWN_VARIABLES = ['PARLEY_DATA', 'PARTICIPANTS', 'PORT', 'HOST', 'NATS_URL', 'LOG_LEVEL', 'INIT_CWD'];

export const plainEnvironment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !OWN_VARIABLES.includes(name)));

/** E2E_KEEP keeps the folders, with the logs of all processes, for whoever looks for the cause of a failure. */
export async function removeFolder(folder: string): Promise<void> {
  if (process.env['E2E_KEEP'] === undefined) await rm(folder, { recursive: true, force: true });
}

/** Whether a process runs; one that has ended and only waits to be collected does too, for a moment. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

/** Whether a process was stopped by a signal, and not continued. */
export async function isFrozen(pid: number): Promise<boolean> {
  // Linux says so without another process, which would keep a small machine busy while a test looks again and again.
  if (process.platform === 'linux') return /^\d+ \(.*\) T /s.test(await readFile(`/proc/${String(pid)}/stat`, 'utf8'));
  const { stdout } = await promisify(execFile)('ps', ['-o', 'stat=', '-p', String(pid)]);
  return stdout.startsWith('T');
}

/** Processes and pid files of a system on this data folder that are still there, each in a sentence. */
export async function leftovers(folder: string, pids: Iterable<number>): Promise<string[]> {
  const files = (await readdir(join(folder, 'run'))).map((file) => `run/${file} was left behind`);
  const processes = [...pids].filter(isAlive).map((pid) => `process ${String(pid)} was left running`);
  const { stdout } = await promisify(execFile)('ps', ['-axww', '-o', 'pid=,args=']);
  const named = stdout.split('\n').filter((line) => line.includes(folder));
  return [...files, ...processes, ...named.map((line) => `left running: ${line.trim()}`)];
}
