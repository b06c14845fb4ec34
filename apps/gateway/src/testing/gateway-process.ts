// The gateway as its launcher sees it: a process with messages, a log and an exit code.
import { execFile, fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { LifecycleMessage } from '@parley/service';

const run = promisify(execFile);
const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');
const configuration = fileURLToPath(new URL('../../tsconfig.build.json', import.meta.url));

/** Brings the built gateway up to date, so that no process runs what stood here yesterday. */
export async function build(): Promise<void> {
  await run(process.execPath, [compiler, '-b', configuration]);
}

export class GatewayProcess {
  readonly lines: Record<string, unknown>[] = [];
  readonly #process: ChildProcess;
  readonly #told: Promise<LifecycleMessage>;
  readonly #exited: Promise<unknown[]>;

  constructor(environment: Readonly<Record<string, string>>) {
    this.#process = fork(main, [], {
      execArgv: [],
      env: { PATH: process.env['PATH'], PORT: '0', ...environment },
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    });
    const log = createInterface({ input: this.#process.stdout! });
    log.on('line', (line) => this.lines.push(JSON.parse(line) as Record<string, unknown>));
    this.#told = once(this.#process, 'message').then(([message]) => message as LifecycleMessage);
    this.#exited = once(this.#process, 'exit');
  }

  /** The first message: that it is ready, or why it failed. */
  told(): Promise<LifecycleMessage> {
    return this.#told;
  }

  /** Its address, once it is ready. */
  async address(): Promise<string> {
    const message = await this.told();
    if (message.type !== 'ready' || message.address === undefined) throw new Error(JSON.stringify(message));
    return message.address;
  }

  /** The most memory that the process has held so far, in MiB; what it holds now where the system keeps no such record. */
  async peakMemory(): Promise<number> {
    if (process.platform === 'linux') {
      const status = await readFile(`/proc/${String(this.#process.pid)}/status`, 'utf8');
      return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
    }
    const { stdout } = await run('ps', ['-o', 'rss=', '-p', String(this.#process.pid)]);
    return Number(stdout) / 1024;
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  disconnect(): void {
    this.#process.disconnect();
  }

  /** Exit code, or the signal that ended it. */
  async exit(): Promise<unknown> {
    const [code, signal] = await this.#exited;
    return code ?? signal;
  }

  /** Ends it, however it is. */
  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#exited;
  }
}
