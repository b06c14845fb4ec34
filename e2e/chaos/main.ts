// `npm run chaos`: a longer run of real processes under random faults, with a report. The last line is the verdict.
import { setMaxListeners } from 'node:events';
import { DividedSystem } from '../testing/divided-system.js';
import { parseArguments, usage, type Settings } from './arguments.js';
import { Dice } from './dice.js';
import { lineOf, reportOf } from './report.js';
import { playRound, type Round } from './round.js';

const ROUND_MS = 30_000;
/** Journals are cut often, also while things happen to their nodes. */
const ENVIRONMENT = { SNAPSHOT_BYTES: String(256 * 1024) };

const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** Rounds until the time is over, something is wrong, or it is told to stop. */
async function playRounds(system: DividedSystem, { seed, minutes, protocol, story }: Settings): Promise<Round[]> {
  const startedAt = performance.now();
  const told = new AbortController();
  // Each fault that is under way listens.
  setMaxListeners(Infinity, told.signal);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => told.abort());
  const dice = new Dice(String(seed));
  const rounds: Round[] = [];
  const say = (line: string): void => {
    if (story) print(`  ${((performance.now() - startedAt) / 1000).toFixed(1).padStart(6)} s  ${line}`);
  };
  const lengths = Math.ceil((minutes * 60_000) / ROUND_MS);
  for (let number = 1; number <= lengths && !told.signal.aborted; number += 1) {
    const book = `round-${String(number)}`;
    const lengthMs = Math.min(ROUND_MS, minutes * 60_000 - (number - 1) * ROUND_MS);
    const round = await playRound(system, { book, protocol, dice: dice.for(book), lengthMs, say, signal: told.signal });
    rounds.push(round);
    print(lineOf(number, round));
    if (round.wrong.length > 0) break;
  }
  return rounds;
}

async function run(settings: Settings): Promise<void> {
  print(`seed ${String(settings.seed)}, ${String(settings.minutes)} minutes, ${settings.protocol}`);
  const system = await DividedSystem.start(ENVIRONMENT);
  const rounds = await playRounds(system, settings);
  const isWell = rounds.every(({ wrong }) => wrong.length === 0);
  if (!isWell) print(`journals, ledgers and logs are kept in ${system.files.path}`);
  await system.stop({ keep: !isWell });
  for (const line of reportOf(rounds)) print(line);
  process.exitCode = isWell ? 0 : 1;
}

const settings = parseArguments(process.argv.slice(2));
if (settings === 'help') print(usage);
else if (settings instanceof Error) {
  process.stderr.write(`npm run chaos: ${settings.message}\n\n${usage}\n`);
  process.exitCode = 2;
} else await run(settings);
