import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { hasCode } from './system-error.js';

const SUPERVISOR = fileURLToPath(new URL('../bin/supervise.js', import.meta.url));

/** How a process ended: with an exit code, or by a signal. */
export interface ServerExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A nats-server under its supervisor. */
export interface SupervisedServer {
  /** The nats-server's own process id. */
  readonly pid: number;
  /** Resolved when the server and its supervisor have ended. */
  readonly exited: Promise<ServerExit>;
  /** Asks the server to end; after 5 s it is killed. */
  stop(): void;
  /** SIGKILL to the server itself. */
  kill(): void;
}

type Report =
  { type: 'spawned'; pid: number } | ({ type: 'exited' } & ServerExit) | { type: 'failed'; message: string };

const killProcess = (pid: number): void => {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (!hasCode(error, 'ESRCH')) throw error; // It had ended already.
  }
};

const spawnSupervisor = (parameters: readonly string[], logFile: string): ChildProcess => {
  const log = openSync(logFile, 'a', 0o640);
  try {
    // A process group of its own, so that a Ctrl-C at the terminal does not reach the broker before the services.
    return spawn(process.execPath, [SUPERVISOR, ...parameters], {
      detached: true,
      stdio: ['ignore', log, log, 'ipc'],
    });
  } finally {
    closeSync(log);
  }
};

/**
 * Starts a nats-server under a supervisor that ends it when this process ends, however that happens.
 *
 * @param program the binary, its configuration file, and the connection file that is removed when the server ends
 * @param logFile where what the server says outside its own log is appended, for example errors in its configuration
 * @throws when the binary cannot be started
 */
export const superviseServer = async (
  program: { readonly path: string; readonly configurationFile: string; readonly connectionFile: string },
  logFile: string,
): Promise<SupervisedServer> => {
  const supervisor = spawnSupervisor([program.path, program.configurationFile, program.connectionFile], logFile);
  let exit: ServerExit | undefined;
  const spawned = new Promise<number>((resolve, reject) => {
    supervisor.on('message', (report: Report) => {
      if (report.type === 'spawned') resolve(report.pid);
      else if (report.type === 'exited') exit = { code: report.code, signal: report.signal };
      else reject(new Error(report.message));
    });
    supervisor.once('error', reject);
    supervisor.once('exit', () => reject(new Error('the supervisor of the broker ended at once')));
  });
  // The channel is closed after its last message was delivered, the exit may be seen before that: wait for both.
  const seen = (event: 'exit' | 'disconnect') =>
    new Promise<void>((resolve) => supervisor.once(event, () => resolve()));
  const ended = Promise.all([seen('exit'), seen('disconnect')]);
  const pid = await spawned;
  return {
    pid,
    exited: ended.then(() => {
      // Without a last word the supervisor was killed, and the server is nobody's: it must not stay behind.
      if (exit === undefined) killProcess(pid);
      return exit ?? { code: null, signal: 'SIGKILL' };
    }),
    stop: () => void supervisor.kill('SIGTERM'),
    kill: () => {
      if (exit === undefined) killProcess(pid); // Once it has ended, its id may be another process's.
    },
  };
};
