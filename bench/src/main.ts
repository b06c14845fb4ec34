// `npm run bench -- <name>`: measures the real system, every process and every forced write included. Figures drift with
// the machine by a factor of two and more: compare only what one run has measured.
import { parseArgs } from 'node:util';
import { benchAge } from './age.js';
import { benchCommit } from './commit.js';
import { describeMachine } from './machine.js';

const TRANSACTIONS = 1_000_000;
const print = (line: string): void => void process.stdout.write(`${line}\n`);

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { transactions: { type: 'string', default: String(TRANSACTIONS) } },
});
const transactions = Number(values.transactions);
const benches = { commit: () => benchCommit(print), age: () => benchAge(print, transactions) } as const;

const [name = '', ...rest] = positionals;
if (!Object.hasOwn(benches, name) || rest.length > 0 || !(transactions >= 1000)) {
  process.stderr.write(`Usage: npm run bench -- commit | age [--transactions ${String(TRANSACTIONS)}]\n`);
  process.exitCode = 2;
} else {
  print(`${describeMachine()}\n`);
  await benches[name as keyof typeof benches]();
}
