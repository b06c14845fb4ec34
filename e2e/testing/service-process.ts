// A service that a test starts again by itself, after it died in a system without automatic restarts: the same program
// with the same environment and the same log as the launcher gives it.
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { Exit } from './launcher.js';

const said = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready'), address: z.string().optional() }),
  z.object({ type: z.literal('failed'), code: z.string(), message: z.string() }),
]);

export interface ServiceOptions {
  readonly kind: 'coordinator' | 'participant' | 'gateway';
  readonly environment: NodeJS.ProcessEnv;
  readonly logFile: string;
  /** A command that becomes the one that follows it: see disks.ts. */
  readonly under?: readonly string[];
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
  /** Where it can be reached, if it has an address, when it is ready. Rejects with ServiceFailed when it says why it cannot start. */
  readonly ready: Promise<string | undefined>;
  readonly pid: number;
  hasExited = false;
  /** Why it could not start, or not go on. */
  failure: ServiceFailed | undefined;

  private constructor(
    private readonly child: ChildProcess,
    what: string,
  ) {
    this.pid = child.pid!;
    this.exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        this.hasExited = true;
        // What it said last may still be on its way.
        if (child.connected) child.once('disconnect', () => resolve({ code, signal }));
        else resolve({ code, signal });
      });
    });
    this.ready = new Promise((resolve, reject) => {
      child.on('message', (message) => {
        const { data } = said.safeParse(message);
        if (data?.type === 'ready') resolve(data.address);
        if (data?.type !== 'failed') return;
        this.failure = new ServiceFailed(data.code, data.message);
        reject(this.failure);
      });
      void this.exited.then(({ code, signal }) =>
        reject(new Error(`${what} ended before it was ready: ${String(signal ?? code)}`)),
      );
    });
    // Whoever waits for something else than `ready` is not told of a start that failed.
    this.ready.catch(() => undefined);
  }

  static spawn({ kind, environment, logFile, under = [] }: ServiceOptions): ServiceProcess {
    const entry = fileURLToPath(new URL(`../../apps/${kind}/dist/service.js`, import.meta.url));
    const log = openSync(logFile, 'a');
    // As the launcher starts it.
    const [program, ...parameters] = [
      ...under,
      process.execPath,
      '--enable-source-maps',
      '--v8-pool-size=0',
      entry,
    ] as const;
    const child = spawn(program, parameters, { env: environment, stdio: ['ignore', log, log, 'ipc'] });
    closeSync(log);
    return new ServiceProcess(child, `the ${kind} (${logFile})`);
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }
}
