// A system of its own for a benchmark: started by the launcher on a fresh folder, stopped at the end.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const LAUNCHER = fileURLToPath(new URL('../../apps/launcher/dist/main.js', import.meta.url));
/** Kernel ticks per second in /proc, on every Linux platform that Node runs on. */
const TICKS_PER_SECOND = 100;

export interface System {
  readonly address: string;
  readonly token: string;
  /** CPU seconds that the system's processes have used, each; undefined where there is no /proc. */
  cpuSeconds(): Promise<Map<string, number> | undefined>;
  stop(): Promise<void>;
}

export async function startSystem(): Promise<System> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-bench-'));
  const port = await freePort();
  const launcher = spawn(process.execPath, [LAUNCHER, '--data', folder, '--port', String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => launcher.once('exit', () => resolve()));
  await ready(launcher);
  return {
    address: `http://127.0.0.1:${String(port)}`,
    token: (await readFile(join(folder, 'operator.token'), 'utf8')).trim(),
    cpuSeconds: () => cpuSecondsOf(join(folder, 'run')),
    async stop() {
      launcher.kill('SIGTERM');
      await ended;
      await rm(folder, { recursive: true });
    },
  };
}

async function ready(launcher: ChildProcess): Promise<void> {
  if (launcher.stdout === null) throw new Error('the launcher has no output');
  for await (const line of createInterface(launcher.stdout)) {
    if (!line.startsWith('Parley is ready')) continue;
    // What it says later is of no interest here, but must be read for it to go on.
    launcher.stdout.resume();
    return;
  }
  throw new Error('the launcher ended before the system was ready; its message is above');
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
