// `npm run explore`: the exit code is 0 when all invariants hold in every state, and 1 otherwise.
import { BadArgument, USAGE, report, setupFrom } from './command.js';

/** What fits into the memory of a small machine; a search that is longer says that it was not finished. */
const STATES_AT_MOST = 8_000_000;

const given = process.argv.slice(2);
if (given.includes('--help')) {
  process.stdout.write(`${USAGE}\n`);
  process.exit();
}
try {
  const { text, holds } = report(setupFrom(given), STATES_AT_MOST);
  process.stdout.write(`${text}\n`);
  process.exitCode = holds ? 0 : 1;
} catch (error) {
  if (!(error instanceof BadArgument)) throw error;
  process.stderr.write(`${error.message}\n${USAGE}\n`);
  process.exitCode = 1;
}
