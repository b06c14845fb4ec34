// The processes of a system, each as a supervised program with its files.
import { fileURLToPath } from 'node:url';
import { BrokerError } from '@parley/broker';
import { brokerProgram } from './broker-program.js';
import { logFile, pidFile } from './data-folder.js';
import type { Program } from './instance.js';
import { LauncherError } from './launcher-error.js';
import { serviceProgram } from './service-program.js';
import type { Service, ServiceKind } from './services.js';
import type { Settings } from './settings.js';
import { SupervisedProcess, type ProcessReports } from './supervised-process.js';
import type { Member } from './system.js';
import * as text from './terminal-text.js';

/** The program that node runs for each kind of service: a bundle of all that it imports. */
export type Entries = Readonly<Record<ServiceKind, string>>;

const builtEntry = (kind: ServiceKind): string =>
  fileURLToPath(new URL(`../../${kind}/dist/service.js`, import.meta.url));

export const BUILT_ENTRIES: Entries = {
  coordinator: builtEntry('coordinator'),
  participant: builtEntry('participant'),
  chat: builtEntry('chat'),
  gateway: builtEntry('gateway'),
};

export interface MemberOptions {
  readonly settings: Settings;
  readonly entries: Entries;
  readonly environment: NodeJS.ProcessEnv;
  /** Where the user's shell stands: paths are shown from there. Undefined when that is not known. */
  readonly folder: string | undefined;
  readonly print: (text: string) => void;
}

/** The text for the user of an error that is no defect of the launcher; undefined for any other. */
export const explain = (error: unknown): string | undefined =>
  error instanceof LauncherError || error instanceof BrokerError ? error.message : undefined;

const printedReports = ({ folder, print }: MemberOptions): ProcessReports => {
  const log = (program: Program) => text.shownPath(program.logFile, folder);
  return {
    ready: (program, pid) => print(text.readyLine(program.name, pid, log(program))),
    ended: (program, exit, restartMs) => print(text.endedLine(program.name, exit, restartMs, log(program))),
    failed: (program, error, restartMs) =>
      print(text.failedLine(program.name, explain(error) ?? String(error), restartMs, log(program))),
  };
};

/** The broker of the data folder. */
export const brokerMember = (options: MemberOptions): Member => {
  const { dataFolder, restart } = options.settings;
  const program = brokerProgram(dataFolder, options.environment);
  const supervision = { pidFile: pidFile(dataFolder, 'broker'), restart, reports: printedReports(options) };
  return { kind: 'broker', name: 'broker', process: new SupervisedProcess(program, supervision) };
};

/** A process other than the broker. */
export const serviceMember = (service: Service, options: MemberOptions): Member => {
  const { dataFolder, restart } = options.settings;
  const reports = printedReports(options);
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
  const supervision = { pidFile: pidFile(dataFolder, service.name), restart, reports: keepingPort };
  return { kind: service.kind, name: service.name, process: new SupervisedProcess(program, supervision) };
};
