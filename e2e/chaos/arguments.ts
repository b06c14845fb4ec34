// The command line of `npm run chaos`.
import { parseArgs } from 'node:util';
import { guarantees, type ProtocolName } from '@parley/contracts';

export interface Settings {
  readonly seed: number;
  readonly minutes: number;
  readonly protocol: ProtocolName;
  /** Whether each fault is told as it happens. */
  readonly story: boolean;
}

export const usage = `Usage: npm run chaos -- [--minutes M] [--seed S] [--protocol e3pc|3pc|2pc] [--story]

Runs a whole system of real processes on two brokers, with thirty clients, for M minutes (default 1, at most 1440), while
processes are killed and frozen, wherever they stand or at a step of the protocol, connections are cut and stalled, and
the net is cut in two. After each round of at most half a minute everything is healed, and what is in the ledgers, byte
for byte, is held against what the clients were told and why it was decided.

  --seed S    a whole number from 0 to 4294967295: which faults happen, and when; printed when it was not given. The same
              seed makes the same faults, but not the same run: real processes are never at the same place twice.
  --protocol  of all books; e3pc when it is not given. 3pc is unsafe under partition, which a rough run shows.
  --story     tells each fault when it happens

Exit code 0: all was well. 1: it was not, and the folder with all logs and journals stays. 2: wrong arguments.`;

const SEEDS = 2 ** 32;
const options = {
  minutes: { type: 'string', default: '1' },
  seed: { type: 'string' },
  protocol: { type: 'string', default: 'e3pc' },
  story: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

/** The settings; 'help' when it is asked for; or an Error that says what is wrong. */
export function parseArguments(given: readonly string[]): Settings | 'help' | Error {
  try {
    const { minutes, seed, protocol, story, help } = parseArgs({ args: [...given], options }).values;
    if (help) return 'help';
    return {
      minutes: minutesOf(minutes),
      seed: seed === undefined ? randomSeed() : seedOf(seed),
      protocol: protocolOf(protocol),
      story,
    };
  } catch (error) {
    return error as Error;
  }
}

function minutesOf(text: string): number {
  const minutes = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0;
  if (minutes <= 0 || minutes > 1440) throw new Error('--minutes is a number above 0, at most 1440');
  return minutes;
}

function seedOf(text: string): number {
  if (!/^\d{1,10}$/.test(text) || Number(text) >= SEEDS)
    throw new Error(`--seed is a whole number from 0 to ${String(SEEDS - 1)}`);
  return Number(text);
}

function protocolOf(text: string): ProtocolName {
  const names = Object.keys(guarantees) as ProtocolName[];
  const named = names.find((name) => name === text);
  if (named === undefined) throw new Error(`--protocol is one of ${names.join(', ')}`);
  return named;
}

const randomSeed = (): number => Math.floor(Math.random() * SEEDS);
