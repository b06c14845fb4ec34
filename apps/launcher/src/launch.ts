// One run of the system, from the checks before anything is started to the end of the last process.
import { BrokerError, greetExternalBroker } from '@parley/broker';
import { rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { brokerProgram } from './broker-program.js';
import { logFile, pidFile, prepareDataFolder } from './data-folder.js';
import { lockAddress, takeLock, type FolderLock } from './folder-lock.js';
import { requireFreePort } from './free-port.js';
import type { Program } from './instance.js';
import { LauncherError } from './launcher-error.js';
import { awaitLeftovers } from './leftovers.js';
import { serviceProgram } from './service-program.js';
import { HOST, ledgerFile, operatorTokenFile, participantNames, servicesOf } from './services.js';
import type { Service, ServiceKind } from './services.js';
import type { Settings } from './settings.js';
import type { StopRequests } from './stop-requests.js';
import { SupervisedProcess, type ProcessReports } from './supervised-process.js';
import { System, type Member } from './system.js';
import * as text from './terminal-text.js';

/** The program that node runs for each kind of service. */
export type Entries = Readonly<Record<ServiceKind, string>>;

const builtEntry = (kind: ServiceKind): string => fileURLToPath(new URL(`../../${kind}/dist/main.js`, import.meta.url));

export const BUILT_ENTRIES: Entries = {
  coordinator: builtEntry('coordinator'),
  participant: builtEntry('participant'),
  gateway: builtEntry('gateway'),
};

export interface LaunchOptions {
  readonly settings: Settings;
  readonly entries: Entries;
  readonly environment: NodeJS.ProcessEnv;
  /** Where the user's shell stands: paths are shown from there. Undefined when that is not known. */
  readonly folder: string | undefined;
  readonly requests: StopRequests;
  readonly print: (text: string) => void;
}

/** Takes the data folder for this process, and gives what lets go of it. */
export const holdDataFolder = async (dataFolder: string): Promise<FolderLock> => {
  await prepareDataFolder(dataFolder);
  return takeLock(await lockAddress(dataFolder));
};

/** The text for the user of an error that is no defect of the launcher; undefined for any other. */
export const explain = (error: unknown): string | undefined =>
  error instanceof LauncherError || error instanceof BrokerError ? error.message : undefined;

/** Tells the user what becomes of the processes. */
export const printedReports = ({ folder, print }: Pick<LaunchOptions, 'folder' | 'print'>): ProcessReports => {
  const log = (program: Program) => text.shownPath(program.logFile, folder);
  return {
    ready: (program, pid) => print(text.readyLine(program.name, pid, log(program))),
    ended: (program, exit, restartMs) => print(text.endedLine(program.name, exit, restartMs, log(program))),
    failed: (program, error, restartMs) =>
      print(text.failedLine(program.name, explain(error) ?? String(error), restartMs, log(program))),
  };
};

const serviceMember = (service: Service, options: LaunchOptions, reports: ProcessReports): Member => {
  const { dataFolder, restart } = options.settings;
  let port: string | undefined;
  const program = serviceProgram({
    name: service.name,
    entry: options.entries[service.kind],
    // A port that the kernel chose is kept when the process is started again: clients know it.
    environment: () => ({ ...options.environment, ...service.environment, ...(port && { PORT: port }) }),
    logFile: logFile(dataFolder, service.name),
  });
  const keepingPort: ProcessReports = {
    ...reports,
    ready: (ready, pid, address) => {
      if (address !== undefined) port = new URL(address).port;
      reports.ready(ready, pid, address);
    },
  };
  return {
    kind: service.kind,
    name: service.name,
    process: new SupervisedProcess(program, {
      pidFile: pidFile(dataFolder, service.name),
      restart,
      reports: service.kind === 'gateway' ? keepingPort : reports,
    }),
  };
};

/** The broker of a data folder, as a member of a system. */
export const brokerMember = (
  { dataFolder, restart }: Pick<Settings, 'dataFolder' | 'restart'>,
  environment: NodeJS.ProcessEnv,
  reports: ProcessReports,
): Member => ({
  kind: 'broker',
  name: 'broker',
  process: new SupervisedProcess(brokerProgram(dataFolder, environment), {
    pidFile: pidFile(dataFolder, 'broker'),
    restart,
    reports,
  }),
});

const members = async (options: LaunchOptions): Promise<Member[]> => {
  const reports = printedReports(options);
  const services = servicesOf(options.settings, options.environment);
  const external = await greetExternalBroker(options.environment);
  if (external) options.print(text.externalBrokerLine(external.url, external.version));
  const broker = external ? [] : [brokerMember(options.settings, options.environment, reports)];
  return [...broker, ...services.map((service) => serviceMember(service, options, reports))];
};

const welcomeText = ({ settings, environment, folder }: LaunchOptions, address: string | undefined): string =>
  text.welcome({
    address: address ?? `http://${HOST}:${settings.port}`,
    tokenFile: text.shownPath(operatorTokenFile(settings, environment), folder),
    ledgers: participantNames(settings.participants).map((name) =>
      text.shownPath(ledgerFile(settings, name, 'main'), folder),
    ),
    faults: settings.faults,
  });

/** Starts the system, keeps it up until a stop is requested, and stops it; also when the start fails half-way. */
const runSystem = async (system: System, options: LaunchOptions): Promise<void> => {
  const { stopping, hurrying } = options.requests;
  const stopped = new Promise<void>((resolve, reject) => {
    const stop = () => {
      options.print('\nStopping: gateway, coordinator, participants, broker. Ctrl-C again to hurry.');
      system.stop().then(resolve, reject);
    };
    if (stopping.aborted) stop();
    else stopping.addEventListener('abort', stop, { once: true });
  });
  hurrying.addEventListener('abort', () => system.hurry(), { once: true });
  try {
    const addresses = await system.start(stopping);
    options.print(welcomeText(options, addresses.get('gateway')));
  } catch (error) {
    // What is cut short by a stop fails because of it, and is no failure.
    if (!stopping.aborted) {
      await system.stop();
      throw error;
    }
  }
  await stopped;
  options.print('Stopped.');
};

/**
 * Runs the system until a stop is requested.
 *
 * @returns when everything has been stopped in order
 * @throws LauncherError or BrokerError when it cannot be started; then nothing is left running
 */
export const launch = async (options: LaunchOptions): Promise<void> => {
  const { dataFolder, port } = options.settings;
  const lock = await holdDataFolder(dataFolder);
  if (lock.kind === 'taken') throw new LauncherError(text.secondStart(dataFolder, lock.pid));
  const ownPidFile = pidFile(dataFolder, 'launcher');
  try {
    await requireFreePort(HOST, port);
    await awaitLeftovers(dataFolder, Object.values(options.entries), options.print);
    await writeFile(ownPidFile, `${process.pid}\n`);
    await runSystem(new System(await members(options)), options);
  } finally {
    await rm(ownPidFile, { force: true });
    await lock.release();
  }
};
