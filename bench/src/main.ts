// `npm run bench -- <name>`: measures the real system, every process and every forced write included. Figures drift with
// the machine by a factor of two and more: compare only what one run has measured.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { benchAge } from './age.js';
import { benchCommit, compareCommit } from './commit.js';
import { describeMachine } from './machine.js';
import { launcherOf } from './system.js';

const USAGE = 'Usage: npm run bench -- commit [--beside FOLDER] | age [--transactions 1000000]';
const print = (line: string): void => void process.stdout.write(`${line}\n`);

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { beside: { type: 'string' }, transactions: { type: 'string' } },
});

/** What is to be measured, or why that is not clear. */
function wanted(): (() => Promise<void>) | string {
  const [name, ...rest] = positionals;
  const { beside, transactions } = values;
  if (name === 'commit' && rest.length === 0 && transactions === undefined) {
    if (beside === undefined) return () => benchCommit(print);
    const folder = resolve(process.env['INIT_CWD'] ?? '.', beside);
    if (!existsSync(launcherOf(folder)))
      return `There is no version of Parley in ${folder} that is built: run \`npm start\` there once.`;
    return () => compareCommit(print, folder);
  }
  if (name === 'age' && rest.length === 0 && beside === undefined) {
    const count = Number(transactions ?? 1_000_000);
    if (Number.isInteger(count) && count >= 1_000) return () => benchAge(print, count);
    return `--transactions ${transactions ?? ''}: give a whole number, 1000 or more.`;
  }
  return USAGE;
}

const bench = wanted();
if (typeof bench === 'string') {
  process.stderr.write(`${bench}\n`);
  process.exitCode = 2;
} else {
  print(`${describeMachine()}\n`);
  await bench();
}
