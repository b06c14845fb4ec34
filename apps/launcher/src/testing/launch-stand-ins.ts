// The launcher as a process of its own, with stand-ins for the services. Arguments: those of `npm start`.
import { fileURLToPath } from 'node:url';
import { readArguments } from '../arguments.js';
import { launch } from '../launch.js';
import { StopRequests } from '../stop-requests.js';

const standIn = fileURLToPath(new URL('./stand-in.js', import.meta.url));
const request = readArguments(process.argv.slice(2), {}, process.cwd());
if (request.kind !== 'start') throw new Error(`not a start: ${JSON.stringify(request)}`);
const requests = new StopRequests();
requests.listen();
await launch({
  settings: request.settings,
  entries: { coordinator: standIn, participant: standIn, chat: standIn, gateway: standIn },
  environment: process.env,
  folder: undefined,
  requests,
  print: (text) => void process.stdout.write(`${text}\n`),
});
process.exit();
