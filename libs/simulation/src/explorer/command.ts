// What `npm run explore` is asked for, and what it says at the end.
import type { ProtocolName } from '@parley/contracts';
import { explore } from './explore.js';
import { mutants } from './mutants.js';
import { setupOf, type Setup } from './setup.js';
import { storyOf } from './story.js';

export const USAGE = `Usage: npm run explore -- [--participants 1-6] [--ballots 1-6] [--crashes 0-3] [--unforced 0-2] [--losses 0-2]
                          [--protocol e3pc|3pc|2pc] [--mutant NAME]
Explores every interleaving within the bound and ends with one line: bound, states, verdict. A mutant brings its own bound.

Mutants, and in how many steps each fails:
${Object.entries(mutants)
  .map(([name, { what, steps }]) => `  ${name.padEnd(28)}${String(steps).padStart(2)}  ${what}`)
  .join('\n')}`;

const NUMBERS = {
  participants: { from: 1, to: 6 },
  ballots: { from: 1, to: 6 },
  crashes: { from: 0, to: 3 },
  unforced: { from: 0, to: 2 },
  losses: { from: 0, to: 2 },
} as const;

/** An argument that cannot be used; the message says which, and what could be. */
export class BadArgument extends Error {}

/** What is to be explored. Throws `BadArgument`. A mutant brings its own bound, of which every part may be changed. */
export function setupFrom(words: readonly string[]): Setup {
  const asked = optionsOf(words);
  const name = asked.get('mutant');
  const mutant = name === undefined ? undefined : mutants[name];
  if (name !== undefined && mutant === undefined) throw new BadArgument(`there is no mutant "${name}"`);
  const numbers = Object.entries(NUMBERS).flatMap(([option, range]) => {
    const word = asked.get(option);
    return word === undefined ? [] : [[option, numberOf(option, word, range)] as const];
  });
  const protocol = protocolOf(asked.get('protocol') ?? 'e3pc');
  return setupOf({
    ...mutant?.bound,
    ...Object.fromEntries(numbers),
    protocol,
    ...(mutant && { conduct: mutant.conduct }),
  });
}

function optionsOf(words: readonly string[]): ReadonlyMap<string, string> {
  const asked = new Map<string, string>();
  for (let index = 0; index < words.length; index += 2) {
    const [option = '', value] = words.slice(index, index + 2);
    const name = option.replace(/^--/, '');
    if (!option.startsWith('--') || !(name in NUMBERS || name === 'protocol' || name === 'mutant'))
      throw new BadArgument(`"${option}" is not an option`);
    if (value === undefined) throw new BadArgument(`--${name} needs a value`);
    if (asked.has(name)) throw new BadArgument(`--${name} is given twice`);
    asked.set(name, value);
  }
  return asked;
}

function numberOf(option: string, word: string, { from, to }: { from: number; to: number }): number {
  const number = Number(word);
  if (!/^\d+$/.test(word) || number < from || number > to)
    throw new BadArgument(`--${option} is a number from ${String(from)} to ${String(to)}, not "${word}"`);
  return number;
}

function protocolOf(word: string): ProtocolName {
  if (word === 'e3pc' || word === '3pc' || word === '2pc') return word;
  throw new BadArgument(`--protocol is e3pc, 3pc or 2pc, not "${word}"`);
}

function boundInWords(setup: Setup): string {
  const { recovering, crashing, without, unheard } = setup;
  const numbers = Object.keys(NUMBERS).map((name) => `${name} ${String(setup[name as keyof typeof NUMBERS])}`);
  return [
    ...numbers,
    ...(setup.lists.length > 1 ? [`lists ${setup.lists.map((list) => list.join('+')).join(' and ')}`] : []),
    ...(setup.fetching ? ['with fetching'] : []),
    ...(recovering ? [`recovering only ${recovering.join(' and ')}`] : []),
    ...(crashing ? [`crashing only ${crashing.join(' and ')}`] : []),
    ...(without ? [`without ${without.join(', ')}`] : []),
    ...Object.entries(unheard ?? {}).map(([name, lost]) => `${name} never hears ${lost.join(', ')}`),
  ].join(', ');
}

/** Explores, and tells it: the story of a violation if there is one, and one line with bound, states and verdict. */
export function report(setup: Setup, statesAtMost?: number): { readonly text: string; readonly holds: boolean } {
  const { violation, states, isComplete } = explore(setup, statesAtMost === undefined ? {} : { statesAtMost });
  const verdict = violation
    ? `VIOLATED: ${violation.invariant}`
    : isComplete
      ? 'agreement and validity hold in all of them'
      : 'not finished: no violation so far';
  const line = `${setup.protocol}, ${boundInWords(setup)}: ${states.toLocaleString('en')} states, ${verdict}`;
  return {
    text: violation ? `${storyOf(setup, violation)}\n${line}` : line,
    holds: violation === undefined && isComplete,
  };
}
