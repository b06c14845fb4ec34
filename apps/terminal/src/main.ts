// `parley`: what people do from a terminal.
import { Ending } from './ending.js';
import { parley } from './parley.js';

const ending = new Ending(process, [process.stdin, process.stdout, process.stderr]);

process.exitCode = await parley(process.argv.slice(2), {
  // npm runs scripts in the workspace's folder, wherever it was called from.
  folder: process.env['INIT_CWD'] ?? process.cwd(),
  environment: process.env,
  isTerminal: process.stdout.isTTY,
  print: (text) => void process.stdout.write(text),
  complain: (text) => void process.stderr.write(text),
  streams: { input: process.stdin, output: process.stdout },
  whenAskedToEnd: ending.whenAsked,
});
ending.conclude();
