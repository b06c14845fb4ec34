// Age: does the system after very many transactions still do what it did at the beginning? It is filled over HTTP, one
// request per transaction, and at 1 %, 10 % and 100 % every process that keeps something is killed and started again.
// Only ratios within one run are of use: what is told at the beginning and at the end is told by the same machine.
import { Agent } from 'node:http';
import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { commit } from './commit.js';
import { startSystem, type System } from './system.js';

const CLIENTS = 200;
const MARKS = [0.01, 0.1, 1];
/** The launcher waits a moment before it starts again what has died. */
const RESTART_MS = 120_000;
const LOOK_MS = 5;

export async function benchAge(print: (line: string) => void, transactions: number): Promise<void> {
  print(
    `age: ${String(transactions)} transactions, ${String(CLIENTS)} in flight, three participants, every forced write`,
  );
  const system = await startSystem();
  const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });
  /** Transactions a second, of each tenth. */
  const rates: number[] = [];
  try {
    let done = 0;
    for (const until of steps(transactions)) {
      const startedAt = performance.now();
      await fill(system, agent, done, until);
      if (until - done >= transactions / 20) rates.push((until - done) / ((performance.now() - startedAt) / 1000));
      done = until;
      if (MARKS.some((mark) => Math.round(mark * transactions) === done)) await tell(system, done, print);
    }
    const [first = Number.NaN, last = Number.NaN] = [rates[0], rates.at(-1)];
    print(`tx/s: first tenth ${first.toFixed(0)}, last tenth ${last.toFixed(0)}, ratio ${(last / first).toFixed(2)}`);
  } finally {
    agent.destroy();
    await system.stop();
  }
}

/** Where the filling pauses: at the marks, and at every tenth. */
function steps(transactions: number): number[] {
  const tenths = Array.from({ length: 10 }, (_, index) => Math.round(((index + 1) * transactions) / 10));
  const marks = MARKS.map((mark) => Math.round(mark * transactions));
  return [...new Set([...tenths, ...marks])].sort((a, b) => a - b);
}

async function fill(system: System, agent: Agent, from: number, until: number): Promise<void> {
  let next = from;
  const client = async (): Promise<void> => {
    while (next < until) await commit(system, agent, `transaction ${String(++next)}`);
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
}

async function tell(system: System, done: number, print: (line: string) => void): Promise<void> {
  print(`\nafter ${String(done)} transactions`);
  print('process            RSS MiB   journal MiB   ledger and archive MiB   restart ms');
  for (const name of ['coordinator', 'participant-1', 'participant-2', 'participant-3', 'gateway']) {
    const rss = await residentBytes(system, name);
    const journal = await bytesOf(join(system.folder, name, 'journal.log'));
    const ledger =
      (await folderBytes(join(system.folder, name, 'ledger'))) +
      (await folderBytes(join(system.folder, name, 'archive')));
    const restartMs = name === 'gateway' ? '-' : (await restart(system, name)).toFixed(0);
    print(
      [
        name.padEnd(16),
        ...[rss, journal, ledger].map((bytes, index) => (bytes / 2 ** 20).toFixed(1).padStart([9, 13, 24][index] ?? 9)),
        restartMs.padStart(12),
      ].join(' '),
    );
  }
}

/** How long after SIGKILL the process that the launcher starts in its place says that it is ready. */
async function restart(system: System, name: string): Promise<number> {
  const ready = system.says(new RegExp(`^${name} +ready`), RESTART_MS);
  const pid = await system.pid(name);
  process.kill(pid, 'SIGKILL');
  const started = await newPid(system, name, pid);
  await ready;
  const readyAt = performance.now();
  await system.whenReady();
  return readyAt - started;
}

/** When the launcher has started another process under this name. */
async function newPid(system: System, name: string, old: number): Promise<number> {
  for (;;) {
    const pid = await system.pid(name).catch(() => old);
    if (pid !== old && !Number.isNaN(pid)) return performance.now();
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

async function residentBytes(system: System, name: string): Promise<number> {
  const status = await readFile(`/proc/${String(await system.pid(name))}/status`, 'utf8').catch(() => '');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) * 1024;
}

const bytesOf = async (file: string): Promise<number> => (await stat(file).catch(() => ({ size: 0 }))).size;

async function folderBytes(folder: string): Promise<number> {
  const files = await readdir(folder).catch(() => []);
  return (await Promise.all(files.map((file) => bytesOf(join(folder, file))))).reduce((sum, bytes) => sum + bytes, 0);
}
