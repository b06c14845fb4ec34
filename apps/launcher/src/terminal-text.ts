// What the user reads. Pure.
import { isAbsolute, relative } from 'node:path';
import { routes } from '@parley/contracts';
import { z } from 'zod';
import type { InstanceExit } from './instance.js';
import type { ProcessKind } from './services.js';

const NAME_WIDTH = 16;
const LISTED_LEDGERS = 5;

/** How a path is shown, and can be pasted, in a shell that stands in `folder`; undefined for any shell. */
export const shownPath = (path: string, folder: string | undefined): string => {
  const short = folder === undefined ? path : relative(folder, path);
  const shown = short === '' || short.startsWith('..') || isAbsolute(short) ? path : short;
  return /^[\w./@%+,:=-]+$/.test(shown) ? shown : `'${shown.replaceAll("'", "'\\''")}'`;
};

const line = (name: string, what: string, ...rest: string[]): string =>
  [name.padEnd(NAME_WIDTH), what.padEnd(8), ...rest].join(' ').trimEnd();

export const readyLine = (name: string, pid: number, log: string): string =>
  line(name, 'ready', `pid ${pid}`.padEnd(12), `log ${log}`);

export const externalBrokerLine = (url: string, version: string): string =>
  line('broker', 'external', `${url} (nats-server ${version})`);

export const describeExit = ({ code, signal }: InstanceExit): string =>
  signal === null ? `exit code ${String(code)}` : `signal ${signal}`;

const next = (restartMs: number | undefined): string =>
  restartMs === undefined ? 'not restarted' : `restarting in ${restartMs / 1000} s`;

export const endedLine = (name: string, exit: InstanceExit, restartMs: number | undefined, log: string): string =>
  [line(name, 'died', describeExit(exit), ` ${next(restartMs)} `, `log ${log}`), exit.detail]
    .filter((part) => part !== undefined)
    .join('\n');

export const failedLine = (name: string, reason: string, restartMs: number, log: string): string =>
  line(name, 'failed', reason, ` ${next(restartMs)} `, `log ${log}`);

/** What the welcome needs to know; paths as they are shown. */
export interface Welcome {
  readonly address: string;
  /** Of the other gateways. */
  readonly others: readonly string[];
  readonly tokenFile: string;
  readonly ledgers: readonly string[];
  readonly faults: boolean;
}

export const welcome = ({ address, others, tokenFile, ledgers, faults }: Welcome): string => {
  const listed =
    ledgers.length <= LISTED_LEDGERS ? ledgers : [...ledgers.slice(0, 2), '…', ...ledgers.slice(ledgers.length - 1)];
  return `
Parley is ready at ${address}
${others.map((other) => `Another gateway:  ${other}\n`).join('')}Operator's token: ${tokenFile}
${faults ? 'Failpoints can be armed (--faults).\n' : ''}
Propose the first string, in another terminal:

  curl -s -H "Authorization: Bearer $(cat ${tokenFile})" -H 'content-type: application/json' \\
    -H 'prefer: wait=10' -d '{"value":"hello"}' ${address}${routes.propose.path}

It then stands in the ledger of every participant:

${listed.map((ledger) => `  ${ledger}`).join('\n')}

Ctrl-C stops everything.
`;
};

export const stoppingLine = (kinds: readonly ProcessKind[]): string =>
  `\nStopping: ${kinds.map((kind) => (kind === 'participant' ? 'participants' : kind)).join(', ')}. Ctrl-C again to hurry.`;

const holder = (pid: number | undefined): string => (pid === undefined ? 'another process' : `process ${pid}`);

export const othersBroker = (folder: string, pid: number | undefined): string =>
  `The data folder ${folder} is held by ${holder(pid)}, whose broker is used.`;

export const othersBrokerGone = (pid: number | undefined): string =>
  `The broker is gone: it was that of ${holder(pid)}, which has ended. Start again to have one here.`;

export const secondStart = (folder: string, pid: number | undefined): string =>
  `The data folder ${folder} is held by ${holder(pid)}. Stop it, or choose another with --data.`;

const logged = z.looseObject({ time: z.string(), level: z.string(), msg: z.string(), lamport: z.number().optional() });

/** A line of a process' log, as it is shown with `-v`: the hour, the process, logical time, and what it says. */
export const logLine = (name: string, line: string): string => {
  const read = logged.safeParse(jsonIn(line));
  if (!read.success) return `${name.padEnd(16)} ${line}`;
  const { time, level, msg, lamport, service: _, node: __, ...fields } = read.data;
  const more = Object.keys(fields).length === 0 ? '' : ` ${JSON.stringify(fields)}`;
  const grave = level === 'info' ? '' : `${level}: `;
  return `${time.slice(11, 23)} ${name.padEnd(16)} ${lamport === undefined ? '' : `L${lamport} `}${grave}${msg}${more}`;
};

function jsonIn(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    // The broker writes plain lines.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
