// Starts one nats-server for a data folder: bound to 127.0.0.1, with a random credential that stands in files of the owner
// alone and never in an argument list, and with JetStream forcing every write to the disk.
import { randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { BrokerError } from './broker-error.js';
import { configurationText } from './configuration.js';
import { writeConnection, writeSecretFile, type Connection, type Credential } from './connection.js';
import { greet } from './greeting.js';
import { locateBroker } from './locate.js';
import { lengthOf, logTail } from './log-tail.js';
import { portsFileAddress } from './ports-file.js';
import { superviseServer, type ServerExit, type SupervisedServer } from './supervised-server.js';
import { reasonOf } from './system-error.js';

const READY_MS = 15_000;
const TAIL_LINES = 8;

interface BrokerOptions {
  /** The data folder. The broker keeps its files in `broker/` and its log in `log/broker.log` in it. */
  readonly folder: string;
  /** Where a broker that is replaced by this one was reached: port and credential are kept, so that its clients return. */
  readonly connection?: Connection & Partial<Pick<Broker, 'limited'>>;
  /** Clients with fewer rights: by name, the subjects to which they must not publish. Each gets a credential and a file of its own. */
  readonly limited?: Readonly<Record<string, readonly string[]>>;
  /** Lines of nats-server's own configuration that come last, for example of leaf nodes: they override those before. */
  readonly extra?: string;
  /** Where NATS_SERVER_BIN and PATH are read; `process.env` when absent. */
  readonly environment?: NodeJS.ProcessEnv;
}

/** How a broker ended. `error` tells why, with the last lines of its log, unless `stop` or `kill` had been called. */
interface BrokerExit extends ServerExit {
  readonly error?: BrokerError;
}

/** A broker that runs, and answers. */
export interface Broker extends Connection {
  readonly version: string;
  /** The nats-server's own process id. */
  readonly pid: number;
  readonly connectionFile: string;
  /** The credentials of the clients with fewer rights, by name. */
  readonly limited: Readonly<Record<string, Credential>>;
  readonly logFile: string;
  /** Resolved, never rejected, when the broker has ended. */
  readonly exited: Promise<BrokerExit>;
  /** Ends the broker in order: SIGTERM, and SIGKILL after 5 s. Resolved when it has ended. */
  stop(): Promise<void>;
  /** Ends the broker with SIGKILL. Resolved when it has ended. */
  kill(): Promise<void>;
}

const brokerFiles = (dataFolder: string) => {
  const folder = join(resolve(dataFolder), 'broker');
  return {
    folder,
    portsFolder: join(folder, 'ports'),
    configurationFile: join(folder, 'nats-server.conf'),
    pidFile: join(folder, 'nats-server.pid'),
    connectionFile: join(folder, 'connection.json'),
    logFolder: join(resolve(dataFolder), 'log'),
    logFile: join(resolve(dataFolder), 'log', 'broker.log'),
  };
};

type BrokerFiles = ReturnType<typeof brokerFiles>;

/**
 * The connection file of the broker that runs, or ran, on a data folder: for who may do anything, or for the client of this
 * name, which has fewer rights.
 */
export const connectionFileOf = (dataFolder: string, limited?: string): string => {
  const { folder, connectionFile } = brokerFiles(dataFolder);
  return limited === undefined ? connectionFile : join(folder, `${limited}.connection.json`);
};

const newCredential = (): Credential => ({
  user: `parley-${randomBytes(6).toString('hex')}`,
  password: randomBytes(24).toString('base64url'),
});

/** The configuration file of the broker of a data folder: the one argument, besides `-c`, that a nats-server of it has. */
export const configurationFileOf = (dataFolder: string): string => brokerFiles(dataFolder).configurationFile;

interface Credentials extends Credential {
  readonly limited: Readonly<Record<string, Credential>>;
}

const configure = async (
  files: BrokerFiles,
  { folder, connection: previous, limited: rights = {}, extra }: BrokerOptions,
): Promise<Credentials> => {
  const { user, password } = previous ?? newCredential();
  const named = Object.keys(rights).map((name) => [name, previous?.limited?.[name] ?? newCredential()] as const);
  const limitedUsers = named.map(([name, credential]) => ({ ...credential, mustNotPublish: rights[name] ?? [] }));
  const port = previous ? Number(new URL(previous.url).port) : -1;
  try {
    await mkdir(files.folder, { recursive: true, mode: 0o700 });
    await mkdir(files.logFolder, { recursive: true });
    await rm(files.portsFolder, { recursive: true, force: true });
    await mkdir(files.portsFolder);
    await rm(files.connectionFile, { force: true });
    for (const [name] of named) await rm(connectionFileOf(folder, name), { force: true });
    await writeSecretFile(
      files.configurationFile,
      configurationText({ ...files, storeFolder: files.folder, port, user, password, limitedUsers, extra }),
    );
  } catch (error) {
    throw new BrokerError('broker-folder', `The broker's folder cannot be written: ${reasonOf(error)}`, {
      cause: error,
    });
  }
  return { user, password, limited: Object.fromEntries(named) };
};

const withLog = async (
  code: 'broker-died' | 'broker-not-started',
  what: string,
  files: BrokerFiles,
  logStart: number,
): Promise<BrokerError> => {
  const lines = await logTail(files.logFile, logStart, TAIL_LINES);
  const said = lines.length === 0 ? 'It wrote nothing to its log.' : `The end of its log:\n  ${lines.join('\n  ')}`;
  return new BrokerError(code, `${what} ${said}\n(${files.logFile})`);
};

const describe = ({ code, signal }: ServerExit): string => (signal ? `signal ${signal}` : `exit code ${code}`);

/** Waits until the server answers, and tells its clients. A server that ends before, or is not ready in time, is an error. */
const announceWhenReady = async (
  server: SupervisedServer,
  files: BrokerFiles,
  { folder, credentials }: { readonly folder: string; readonly credentials: Credentials },
  logStart: number,
): Promise<Connection & Pick<Broker, 'version' | 'limited'>> => {
  const waiting = new AbortController();
  const deadline = setTimeout(() => waiting.abort(new Error(`not ready in ${READY_MS} ms`)), READY_MS);
  void server.exited.then((exit) => waiting.abort(new Error(describe(exit))));
  try {
    const url = await portsFileAddress(files.portsFolder, waiting.signal);
    const { version } = await greet(url);
    for (const [name, limited] of Object.entries(credentials.limited))
      await writeConnection(connectionFileOf(folder, name), { url, ...limited });
    await writeConnection(files.connectionFile, { url, ...credentials });
    return { url, ...credentials, version };
  } catch (error) {
    server.kill();
    await server.exited;
    throw await withLog('broker-not-started', `The broker did not start (${reasonOf(error)}).`, files, logStart);
  } finally {
    clearTimeout(deadline);
    waiting.abort();
  }
};

/**
 * Starts a broker, and writes its connection file when it answers.
 *
 * The caller sees to it that a data folder has one broker at a time.
 *
 * @throws BrokerError when none is found or fit, the folder cannot be written, or it does not start within 15 s
 */
export const startBroker = async (options: BrokerOptions): Promise<Broker> => {
  const located = await locateBroker(options.environment);
  const files = brokerFiles(options.folder);
  const credentials = await configure(files, options);
  const logStart = await lengthOf(files.logFile);
  const server = await superviseServer({ ...files, path: located.path }, files.logFile);
  const connection = await announceWhenReady(server, files, { folder: options.folder, credentials }, logStart);

  let asked = false;
  const end = async (how: () => void): Promise<void> => {
    asked = true;
    how();
    await exited;
  };
  const exited = server.exited.then(async (exit): Promise<BrokerExit> => {
    if (asked) return exit;
    const error = await withLog('broker-died', `The broker ended by itself (${describe(exit)}).`, files, logStart);
    return { ...exit, error };
  });
  return {
    ...connection,
    pid: server.pid,
    connectionFile: files.connectionFile,
    logFile: files.logFile,
    exited,
    stop: () => end(() => server.stop()),
    kill: () => end(() => server.kill()),
  };
};
