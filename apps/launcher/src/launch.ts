// One run of the whole system, from the checks before anything is started to the end of the last process.
import { rm, writeFile } from 'node:fs/promises';
import { greetExternalBroker } from '@parley/broker';
import { holdDataFolder, logFile, pidFile } from './data-folder.js';
import { requireFreePort } from './free-port.js';
import { LauncherError } from './launcher-error.js';
import { awaitLeftovers } from './leftovers.js';
import { LogScreen } from './log-screen.js';
import { brokerMember, serviceMember, type MemberOptions } from './members.js';
import { runSystem, type RunOptions } from './run-system.js';
import { gatewayPorts, HOST, ledgerFile, operatorTokenFile, participantNames, servicesOf } from './services.js';
import { System } from './system.js';
import * as text from './terminal-text.js';

export type LaunchOptions = MemberOptions & RunOptions;

const createSystem = async (options: LaunchOptions): Promise<System> => {
  const services = servicesOf(options.settings, options.environment);
  const external = await greetExternalBroker(options.environment);
  if (external) options.print(text.externalBrokerLine(external.url, external.version));
  const broker = external ? [] : [brokerMember(options)];
  return new System([...broker, ...services.map((service) => serviceMember(service, options))]);
};

const screenOf = ({ settings, environment, print }: LaunchOptions): LogScreen =>
  new LogScreen(
    servicesOf(settings, environment).map(({ name }) => ({ name, path: logFile(settings.dataFolder, name) })),
    print,
  );

/** The first gateway before the others. */
const gatewaysOf = (addresses: ReadonlyMap<string, string>): string[] =>
  [...addresses].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([name, at]) => (name.startsWith('gateway') ? [at] : []));

const welcome = (
  { settings, environment, folder }: LaunchOptions,
  [address = `http://${HOST}:${settings.port}`, ...others]: readonly string[],
): string =>
  text.welcome({
    address,
    others,
    tokenFile: text.shownPath(operatorTokenFile(settings, environment), folder),
    ledgers: participantNames(settings.participants).map((name) =>
      text.shownPath(ledgerFile(settings, name, 'main'), folder),
    ),
    faults: settings.faults,
  });

/**
 * Runs the system until a stop is requested.
 *
 * @returns when everything has been stopped in order
 * @throws LauncherError or BrokerError when it cannot be started; then nothing is left running
 */
export const launch = async (options: LaunchOptions): Promise<void> => {
  const { dataFolder } = options.settings;
  const lock = await holdDataFolder(dataFolder);
  if (lock.kind === 'taken') throw new LauncherError(text.secondStart(dataFolder, lock.pid));
  const ownPidFile = pidFile(dataFolder, 'launcher');
  try {
    for (const port of gatewayPorts(options.settings)) await requireFreePort(HOST, port);
    await awaitLeftovers(dataFolder, Object.values(options.entries), options.print);
    await writeFile(ownPidFile, `${process.pid}\n`);
    const system = await createSystem(options);
    const screen = options.settings.verbose && screenOf(options);
    await screen?.start();
    try {
      await runSystem(system, options, (addresses) => welcome(options, gatewaysOf(addresses)));
    } finally {
      await screen?.stop();
    }
  } finally {
    await rm(ownPidFile, { force: true });
    await lock.release();
  }
};
