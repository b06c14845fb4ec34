// `npm run bench -- <name>`: measures the real system, every process and every forced write included. Figures drift with
// the machine by a factor of two and more: compare only what one run has measured.
import { benchCommit } from './commit.js';
import { describeMachine } from './machine.js';

const benches = { commit: benchCommit } as const;

const [name = '', ...rest] = process.argv.slice(2);
if (!Object.hasOwn(benches, name) || rest.length > 0) {
  process.stderr.write(`Usage: npm run bench -- ${Object.keys(benches).join('|')}\n`);
  process.exitCode = 2;
} else {
  process.stdout.write(`${describeMachine()}\n\n`);
  await benches[name as keyof typeof benches]((line) => process.stdout.write(`${line}\n`));
}
