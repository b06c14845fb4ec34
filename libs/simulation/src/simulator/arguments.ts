// The command line of `npm run simulate`.
import type { ProtocolName } from '@parley/contracts';
import type { PlanSize } from './plan.js';

export interface Settings {
  /** One seed; without it random ones run for some minutes. */
  readonly seed: number | undefined;
  readonly minutes: number;
  readonly story: boolean;
  readonly size: PlanSize;
  /** What besides the seed decides what a run is, as it was given. */
  readonly options: string;
}

export const usage = `Usage: npm run simulate -- [--seed S] [--participants 3-9] [--transactions 1-1000]
                           [--protocol e3pc|2pc|3pc] [--minutes M] [--story]
With a seed: that run, with --story line by line. Without: random seeds for M minutes (default 1).`;

const protocols: readonly ProtocolName[] = ['e3pc', '2pc', '3pc'];

/** The settings, or what is wrong with the arguments. */
export function parseArguments(given: readonly string[]): Settings | string {
  const values = new Map<string, string>();
  for (let index = 0; index < given.length; index += 1) {
    const name = given[index] ?? '';
    if (name === '--story') {
      values.set(name, '');
      continue;
    }
    const value = given[(index += 1)];
    const complaint = complaintAbout(name, value);
    if (complaint !== undefined || value === undefined) return complaint ?? `${name} needs a value`;
    values.set(name, value);
  }
  const number = (name: string): number | undefined => (values.has(name) ? Number(values.get(name)) : undefined);
  const [participants, transactions] = [number('--participants'), number('--transactions')];
  const protocol = protocols.find((known) => known === values.get('--protocol'));
  const deciding = ['--participants', '--transactions', '--protocol'].filter((name) => values.has(name));
  return {
    seed: number('--seed'),
    minutes: number('--minutes') ?? 1,
    story: values.has('--story'),
    size: {
      ...(participants !== undefined && { participants }),
      ...(transactions !== undefined && { transactions }),
      ...(protocol && { protocol }),
    },
    options: deciding.map((name) => ` ${name} ${values.get(name) ?? ''}`).join(''),
  };
}

const ranges: Readonly<Record<string, readonly [least: number, most: number]>> = {
  '--seed': [0, 0xffff_ffff],
  '--participants': [3, 9],
  '--transactions': [1, 1000],
};

function complaintAbout(name: string, value: string | undefined): string | undefined {
  if (name === '--protocol')
    return protocols.some((known) => known === value) ? undefined : `--protocol is one of ${protocols.join(', ')}`;
  if (name === '--minutes')
    return value !== undefined && value !== '' && Number(value) > 0 && Number(value) <= 10_000
      ? undefined
      : '--minutes is a number above 0, at most 10000';
  const range = ranges[name];
  if (range === undefined) return `unknown argument: ${name}`;
  const [least, most] = range;
  if (value !== undefined && /^\d{1,10}$/.test(value) && Number(value) >= least && Number(value) <= most)
    return undefined;
  return `${name} is a whole number from ${String(least)} to ${String(most)}`;
}
