import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Settings } from './settings.js';

const DEFAULT_PARTICIPANTS = 3;
const MOST_PARTICIPANTS = 64;
const DEFAULT_CHAT_REPLICAS = 2;
const MOST_CHAT_REPLICAS = 16;
const DEFAULT_GATEWAYS = 1;
const MOST_GATEWAYS = 8;
const DEFAULT_PORT = 7070;
const LAST_PORT = 65_535;

export const HELP = `npm start [-- options]

Brings the whole system up on this machine and keeps it up until Ctrl-C.

  --participants N  how many participants, 1 to ${MOST_PARTICIPANTS} (default ${DEFAULT_PARTICIPANTS}; or PARTICIPANTS)
  --chat-replicas N how many replicas of the chat, 0 to ${MOST_CHAT_REPLICAS} (default ${DEFAULT_CHAT_REPLICAS}; or CHAT_REPLICAS)
  --gateways N      how many gateways, 1 to ${MOST_GATEWAYS}, at ports one after the other (default ${DEFAULT_GATEWAYS}; or GATEWAYS)
  --port P          where the gateway listens on 127.0.0.1; 0 lets the system choose (default ${DEFAULT_PORT}; or PORT)
  --data DIR        the data folder (default .parley; or PARLEY_DATA)
  --faults          lets failpoints be armed, to try what a crash at a chosen step does
  --no-restart      a process that dies is not restarted
  --broker-only     keeps up a broker and nothing else, or uses that of a start on the same data folder
  -v, --verbose     shows the logs on the screen too, with all requests and answers but for secrets
  --help            this text

A broker of its own is started, unless NATS_URL names one. NATS_SERVER_BIN names another nats-server to start.
`;

/** What the command line asks for. A refused one says what is wrong with it. */
export type Request =
  | { readonly kind: 'start' | 'broker'; readonly settings: Settings }
  | { readonly kind: 'help' }
  | { readonly kind: 'refused'; readonly message: string };

class RefusedArgument extends Error {}

const wholeNumber = (name: string, text: string, least: number, most: number): number => {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new RefusedArgument(`${name} takes a whole number from ${least} to ${most}, not '${text}'.`);
};

const parse = (parameters: readonly string[]) => {
  try {
    return parseArgs({
      args: [...parameters],
      options: {
        participants: { type: 'string' },
        'chat-replicas': { type: 'string' },
        gateways: { type: 'string' },
        port: { type: 'string' },
        data: { type: 'string' },
        faults: { type: 'boolean' },
        verbose: { type: 'boolean', short: 'v' },
        'no-restart': { type: 'boolean' },
        'broker-only': { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (!code?.startsWith('ERR_PARSE_ARGS')) throw error;
    // Node's first sentence names the argument; the rest explains its own syntax.
    throw new RefusedArgument(`${message.replace(/\.( .*)?$/s, '')}.`);
  }
};

/**
 * Reads the command line; what it leaves open is taken from the environment, then from the defaults.
 *
 * @param parameters what follows the program's name
 * @param environment where PARTICIPANTS, CHAT_REPLICAS, GATEWAYS, PORT and PARLEY_DATA are read
 * @param folder the folder that a relative data folder is in
 */
export const readArguments = (
  parameters: readonly string[],
  environment: NodeJS.ProcessEnv,
  folder: string,
): Request => {
  const number = (
    option: string,
    given: string | undefined,
    variable: string,
    range: [number, number],
    other: number,
  ) => {
    if (given !== undefined) return wholeNumber(option, given, ...range);
    const set = environment[variable];
    return set ? wholeNumber(variable, set, ...range) : other;
  };
  try {
    const given = parse(parameters);
    if (given.help) return { kind: 'help' };
    const participants = number(
      '--participants',
      given.participants,
      'PARTICIPANTS',
      [1, MOST_PARTICIPANTS],
      DEFAULT_PARTICIPANTS,
    );
    const chatReplicas = number(
      '--chat-replicas',
      given['chat-replicas'],
      'CHAT_REPLICAS',
      [0, MOST_CHAT_REPLICAS],
      DEFAULT_CHAT_REPLICAS,
    );
    const gateways = number('--gateways', given.gateways, 'GATEWAYS', [1, MOST_GATEWAYS], DEFAULT_GATEWAYS);
    const port = number('--port', given.port, 'PORT', [0, LAST_PORT - gateways + 1], DEFAULT_PORT);
    if (given.data === '') throw new RefusedArgument('--data takes a folder.');
    const dataFolder = resolve(folder, given.data ?? (environment['PARLEY_DATA'] || '.parley'));
    const [faults, restart] = [given.faults ?? false, !given['no-restart']];
    const kind = given['broker-only'] ? 'broker' : 'start';
    const settings = { participants, chatReplicas, gateways, port, dataFolder, faults, restart };
    return { kind, settings: { ...settings, ...(given.verbose && { verbose: true }) } };
  } catch (error) {
    if (error instanceof RefusedArgument) return { kind: 'refused', message: error.message };
    throw error;
  }
};
