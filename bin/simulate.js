// `npm run simulate`: runs the protocol's production code in a simulated system, from a seed; see CONTRIBUTING.md.
import { join } from 'node:path';
import { installIfNeeded, workspace } from './install.js';
import { run } from './run.js';

await installIfNeeded();
const program = [
  '--conditions=parley-source',
  '--import=@swc-node/register/esm-register',
  join(workspace, 'libs', 'simulation', 'src', 'simulator', 'main.ts'),
];
process.exit(await run(process.execPath, [...program, ...process.argv.slice(2)], workspace));
