// A system of its own for a benchmark: started by the launcher on a fresh folder, stopped at the end.
import { spawn, type ChildProcess } from 'node:child_process';
import { EventEmitter, on, once } from 'node:events';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** The folder of this version. */
export const HERE = fileURLToPath(new URL('../..', import.meta.url));
/** Kernel ticks per second in /proc, on every Linux platform that Node runs on. */
const TICKS_PER_SECOND = 100;
const READY_MS = 120_000;
const LOOK_MS = 20;

export interface System {
  readonly address: string;
  readonly token: string;
  /** The data folder. */
  readonly folder: string;
  /** Process id of what runs under this name now. */
  pid(name: string): Promise<number>;
  /** Resolves when the launcher prints a line like this. */
  says(line: RegExp, timeoutMs: number): Promise<void>;
  /** Resolves when everything is ready to take transactions. */
  whenReady(): Promise<void>;
  /** CPU seconds that the system's processes have used, each; undefined where there is no /proc. */
  cpuSeconds(): Promise<Map<string, number> | undefined>;
  stop(): Promise<void>;
}

/** Starts the version in the folder `version`, which is built. */
export async function startSystem(version = HERE): Promise<System> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-bench-'));
  const port = await freePort();
  const program = launcherOf(version);
  const launcher = spawn(process.execPath, [program, '--data', folder, '--port', String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => launcher.once('exit', () => resolve()));
  const lines = new EventEmitter();
  await ready(launcher, lines);
  const address = `http://127.0.0.1:${String(port)}`;
  return {
    address,
    folder,
    pid: async (name) => Number(await readFile(join(folder, 'run', `${name}.pid`), 'utf8')),
    says: (line, timeoutMs) => said(lines, line, timeoutMs),
    whenReady: () => whenReady(address),
    token: (await readFile(join(folder, 'operator.token'), 'utf8')).trim(),
    cpuSeconds: () => cpuSecondsOf(join(folder, 'run')),
    async stop() {
      launcher.kill('SIGTERM');
      await ended;
      await rm(folder, { recursive: true });
    },
  };
}

/** What starts a version. */
export const launcherOf = (version: string): string => join(version, 'apps/launcher/dist/main.js');

async function ready(launcher: ChildProcess, lines: EventEmitter): Promise<void> {
  const { stdout } = launcher;
  if (stdout === null) throw new Error('the launcher has no output');
  createInterface(stdout).on('line', (line) => lines.emit('line', line));
  await Promise.race([
    said(lines, /^Parley is ready/, READY_MS),
    once(launcher, 'exit').then(() => {
      throw new Error('the launcher ended before the system was ready; its message is above');
    }),
  ]);
}

async function said(lines: EventEmitter, wanted: RegExp, timeoutMs: number): Promise<void> {
  for await (const [line] of on(lines, 'line', { signal: AbortSignal.timeout(timeoutMs) }) as AsyncIterable<[string]>)
    if (wanted.test(line)) return;
}

async function whenReady(address: string): Promise<void> {
  for (;;) {
    const { ok } = await fetch(`${address}/health/ready`);
    if (ok) return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('the kernel gave no port');
  return address.port;
}

async function cpuSecondsOf(run: string): Promise<Map<string, number> | undefined> {
  if (process.platform !== 'linux') return undefined;
  const used = new Map<string, number>();
  for (const file of await readdir(run)) {
    if (!file.endsWith('.pid') || file === 'launcher.pid') continue;
    const pid = (await readFile(join(run, file), 'utf8')).trim();
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    const [userTicks, systemTicks] = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 13)
      .map(Number);
    used.set(file.replace('.pid', ''), ((userTicks ?? 0) + (systemTicks ?? 0)) / TICKS_PER_SECOND);
  }
  return used;
}
