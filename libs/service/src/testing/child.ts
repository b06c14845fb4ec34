// A real service process as its launcher sees it: messages, log lines, exit code.
import { execFile, fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { LifecycleMessage } from '../launcher-channel.js';

const script = fileURLToPath(new URL('service-process.js', import.meta.url));
const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');
const configuration = fileURLToPath(new URL('../../tsconfig.build.json', import.meta.url));

/** Brings the built library up to date, so that no process runs what stood here yesterday. */
export async function build(): Promise<void> {
  await promisify(execFile)(process.execPath, [compiler, '-b', configuration]);
}

export interface LogLine {
  readonly level: string;
  readonly time: string;
  readonly service: string;
  readonly msg: string;
  readonly code?: string;
  readonly err?: { readonly message: string };
}

export class Child {
  readonly messages: LifecycleMessage[] = [];
  readonly log: LogLine[] = [];
  readonly #process: ChildProcess;
  readonly #logEnded: Promise<unknown>;
  readonly #exited: Promise<unknown[]>;

  constructor(behaviour: string, environment: Record<string, string> = {}) {
    this.#process = fork(script, [behaviour], {
      execArgv: [],
      env: { PATH: process.env['PATH'], ...environment },
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    });
    this.#process.on('message', (message) => this.messages.push(message as LifecycleMessage));
    const lines = createInterface({ input: this.#process.stdout! });
    lines.on('line', (line) => this.log.push(JSON.parse(line) as LogLine));
    this.#logEnded = once(lines, 'close');
    this.#exited = once(this.#process, 'exit');
  }

  /** Resolves when the process has sent its first message. */
  async told(): Promise<LifecycleMessage> {
    while (this.messages[0] === undefined) {
      await once(this.#process, 'message');
    }
    return this.messages[0];
  }

  /** Resolves when the log has a line with this text. */
  async logged(text: string): Promise<void> {
    while (!this.log.some(({ msg }) => msg.startsWith(text))) {
      await once(this.#process.stdout!, 'data');
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** As when the launcher is killed. */
  closeChannel(): void {
    this.#process.disconnect();
  }

  /** Resolves with the exit code when the process has ended and its log is read to the end. */
  async exitCode(): Promise<unknown> {
    const [[code]] = await Promise.all([this.#exited, this.#logEnded]);
    return code;
  }

  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#exited;
  }
}
