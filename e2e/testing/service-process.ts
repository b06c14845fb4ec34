// A service that a test starts again by itself, after it died in a system without automatic restarts: the same program
// with the same environment and the same log as the launcher gives it.
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { Exit } from './launcher.js';

const said = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('failed'), code: z.string(), message: z.string() }),
]);

export interface ServiceOptions {
  readonly kind: 'coordinator' | 'participant';
  readonly environment: NodeJS.ProcessEnv;
  readonly logFile: string;
}

/** What a service said before it ended, because it cannot start or cannot go on. */
export class ServiceFailed extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

export class ServiceProcess {
  readonly exited: Promise<Exit>;
  readonly pid: number;
  hasExited = false;

  private constructor(private readonly child: ChildProcess) {
    this.pid = child.pid!;
    this.exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        this.hasExited = true;
        resolve({ code, signal });
      });
    });
  }

  /** Resolves when the service is ready. Rejects with ServiceFailed when it says why it cannot start. */
  static async start({ kind, environment, logFile }: ServiceOptions): Promise<ServiceProcess> {
    const entry = fileURLToPath(new URL(`../../apps/${kind}/dist/main.js`, import.meta.url));
    const log = openSync(logFile, 'a');
    const child = spawn(process.execPath, [entry], { env: environment, stdio: ['ignore', log, log, 'ipc'] });
    closeSync(log);
    const started = new ServiceProcess(child);
    await new Promise<void>((resolve, reject) => {
      child.on('message', (message) => {
        const { data } = said.safeParse(message);
        if (data?.type === 'ready') resolve();
        if (data?.type === 'failed') reject(new ServiceFailed(data.code, data.message));
      });
      void started.exited.then(({ code, signal }) =>
        reject(new Error(`the ${kind} ended before it was ready (${String(signal ?? code)}), see ${logFile}`)),
      );
    });
    return started;
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }
}
