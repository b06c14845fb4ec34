// `npm run chaos -- --minutes 10 --seed S`: a longer random run of real processes; see CONTRIBUTING.md.
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
  join(workspace, 'e2e', 'chaos', 'main.ts'),
];
process.exit(await run(process.execPath, [...program, ...process.argv.slice(2)], workspace));
