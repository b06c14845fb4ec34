import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { z } from 'zod';
import type { Instance, InstanceExit, Program } from './instance.js';
import { LauncherError } from './launcher-error.js';
import { describeExit } from './terminal-text.js';

const READY_MS = 60_000;
// A service ends by itself after 10 s of an orderly stop that does not come to its end, and says why in its log.
const STOP_MS = 12_000;

/** What a service says to the launcher. Other messages are its own business. */
const serviceMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready'), address: z.url().optional() }),
  z.object({ type: z.literal('failed'), code: z.string(), message: z.string() }),
]);

export interface ServiceOptions {
  readonly name: string;
  /** The program that node runs. */
  readonly entry: string;
  /** Asked at each start. */
  readonly environment: () => NodeJS.ProcessEnv;
  readonly logFile: string;
}

/**
 * Stacks name the sources; and of threads that compile and collect in the background a service has as many as the machine has
 * processors to spare, for there are half a dozen services on it. Node's own four each get into the way of those that work.
 */
const NODE_FLAGS = ['--enable-source-maps', '--v8-pool-size=0'];

const openLog = (path: string): number => {
  try {
    return openSync(path, 'a');
  } catch (error) {
    throw new LauncherError(`The log cannot be written: ${(error as Error).message}`, { cause: error });
  }
};

const spawnService = async (options: ServiceOptions): Promise<ChildProcess> => {
  const log = openLog(options.logFile);
  try {
    // A process group of its own, so that a Ctrl-C at the terminal reaches the launcher alone and the order is kept. The
    // channel tells the service, by closing, that the launcher is gone.
    const child = spawn(process.execPath, [...NODE_FLAGS, options.entry], {
      detached: true,
      env: options.environment(),
      stdio: ['ignore', log, log, 'ipc'],
    });
    await once(child, 'spawn');
    return child;
  } finally {
    closeSync(log);
  }
};

const whenReady = (child: ChildProcess, exited: Promise<InstanceExit>, name: string) =>
  new Promise<{ address?: string }>((resolve, reject) => {
    const fail = (message: string) => reject(new LauncherError(`${name} ${message}`));
    const deadline = setTimeout(() => fail(`was not ready within ${READY_MS / 1000} s.`), READY_MS);
    child.on('message', (message) => {
      const { data } = serviceMessage.safeParse(message);
      if (data === undefined) return;
      clearTimeout(deadline);
      if (data.type === 'failed') fail(`cannot start (${data.code}): ${data.message}`);
      else resolve(data.address === undefined ? {} : { address: data.address });
    });
    void exited.then((exit) => {
      clearTimeout(deadline);
      fail(`ended before it was ready (${describeExit(exit)}).`);
    });
  });

const runService = async (options: ServiceOptions): Promise<Instance> => {
  const child = await spawnService(options);
  const pid = child.pid;
  if (pid === undefined) throw new LauncherError(`${options.name} has no process id.`);
  const seen = (event: 'exit' | 'disconnect') => new Promise<void>((resolve) => child.once(event, () => resolve()));
  // Its last message may be delivered after its exit was seen, and before its channel is seen to close.
  const exited = Promise.all([seen('exit'), seen('disconnect')]).then((): InstanceExit => ({
    code: child.exitCode,
    signal: child.signalCode,
  }));
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  const kill = () => {
    if (!hasEnded()) process.kill(-pid, 'SIGKILL');
  };
  const stop = () => {
    child.kill('SIGTERM');
    const deadline = setTimeout(kill, STOP_MS);
    void exited.then(() => clearTimeout(deadline));
  };
  return { pid, ready: whenReady(child, exited, options.name), exited, stop, kill };
};

/** A service: a node process that says over its channel when it is ready, and that ends on SIGTERM or when the channel closes. */
export const serviceProgram = (options: ServiceOptions): Program => ({
  name: options.name,
  logFile: options.logFile,
  start: () => runService(options),
});
