// `npm run bench -- <name>`: installs and builds what is missing, then runs the benchmark of that name.
import { join } from 'node:path';
import { build } from './build.js';
import { installIfNeeded, workspace } from './install.js';
import { run } from './run.js';

await installIfNeeded();
const built = await build();
if (built !== 0) process.exit(built);
const program = [
  '--conditions=parley-source',
  '--import=@swc-node/register/esm-register',
  join(workspace, 'bench', 'src', 'main.ts'),
];
process.exit(await run(process.execPath, [...program, ...process.argv.slice(2)], workspace));
