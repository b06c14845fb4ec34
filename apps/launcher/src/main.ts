// `npm start`: the whole system on one machine, until Ctrl-C.
import { HELP, readArguments } from './arguments.js';
import { keepBroker } from './broker-alone.js';
import { launch } from './launch.js';
import { BUILT_ENTRIES, explain } from './members.js';
import { StopRequests } from './stop-requests.js';

const WRONG_USAGE = 2;

const request = readArguments(process.argv.slice(2), process.env, process.cwd());
switch (request.kind) {
  case 'help':
    process.stdout.write(HELP);
    break;
  case 'refused':
    process.stderr.write(`parley: ${request.message} See npm start -- --help\n`);
    process.exitCode = WRONG_USAGE;
    break;
  case 'broker':
  case 'start': {
    const requests = new StopRequests();
    requests.listen();
    try {
      await (request.kind === 'start' ? launch : keepBroker)({
        settings: request.settings,
        entries: BUILT_ENTRIES,
        environment: process.env,
        // npm runs scripts in the workspace's folder, wherever it was called: then the shell may stand elsewhere.
        folder: (process.env['INIT_CWD'] ?? process.cwd()) === process.cwd() ? process.cwd() : undefined,
        requests,
        print: (text) => void process.stdout.write(`${text}\n`),
      });
    } catch (error) {
      const explanation = explain(error);
      if (explanation === undefined) throw error;
      process.stderr.write(`parley: ${explanation}\n`);
      process.exitCode = 1;
    }
    // Everything has ended; only the listeners of signals are left.
    process.exit();
    break;
  }
  default:
    request satisfies never;
}
