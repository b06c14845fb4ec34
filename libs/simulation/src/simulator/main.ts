// `npm run simulate`: runs seeds until their time is over, or one seed again, with its story. A run that fails is printed
// with the command that repeats it. The last line counts.
import { parseArguments, usage, type Settings } from './arguments.js';
import { planOf, tellFault } from './plan.js';
import { simulate } from './simulate.js';

const print = (line: string): void => void process.stdout.write(`${line}\n`);

const sum = { seeds: 0, transactions: 0, committed: 0, aborted: 0, violations: 0 };

function run(settings: Settings, seed: number): void {
  const plan = planOf(seed, settings.size);
  sum.seeds += 1;
  if (settings.story) for (const fault of plan.faults) print(`planned: ${tellFault(fault)}`);
  try {
    const report = simulate(plan, {}, settings.story ? print : undefined);
    sum.transactions += report.transactions;
    sum.committed += report.committed;
    sum.aborted += report.aborted;
  } catch (error) {
    sum.violations += 1;
    print(`seed ${String(seed)}: ${error instanceof Error ? error.message : String(error)}`);
    print(`  npm run simulate -- --seed ${String(seed)}${settings.options} --story`);
  }
}

function runAll(settings: Settings): void {
  if (settings.seed !== undefined) return run(settings, settings.seed);
  const endsAt = performance.now() + settings.minutes * 60_000;
  for (let seed = Date.now() % 1_000_000_000; performance.now() < endsAt; seed += 1) run(settings, seed);
}

const settings = parseArguments(process.argv.slice(2));
if (typeof settings === 'string') {
  process.stderr.write(`${settings}\n${usage}\n`);
  process.exitCode = 1;
} else {
  runAll(settings);
  const { seeds, transactions, committed, aborted, violations } = sum;
  const verdict = violations === 0 ? 'no violation' : `VIOLATED in ${String(violations)}`;
  print(
    `${String(seeds)} seeds, ${String(transactions)} transactions, ${String(committed)} committed, ` +
      `${String(aborted)} aborted: ${verdict}`,
  );
  if (violations > 0) process.exitCode = 1;
}
