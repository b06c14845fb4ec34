// `npm run explore -- --participants 4 --ballots 2`: explores the commit protocol from its sources.
import { join } from 'node:path';
import { installIfNeeded, workspace } from './install.js';
import { run } from './run.js';

await installIfNeeded();
const program = [
  '--conditions=parley-source',
  '--import=@swc-node/register/esm-register',
  join(workspace, 'libs', 'simulation', 'src', 'explorer', 'main.ts'),
];
process.exit(await run(process.execPath, [...program, ...process.argv.slice(2)], workspace));
