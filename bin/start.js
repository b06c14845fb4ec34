// `npm start`: installs if needed, builds what has changed, and becomes the launcher.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { installIfNeeded, workspace } from './install.js';
import { run } from './run.js';

await installIfNeeded();

// Incremental: about a second when nothing has changed.
const projects = readdirSync(join(workspace, 'apps'))
  .map((app) => join('apps', app, 'tsconfig.build.json'))
  .filter((project) => existsSync(join(workspace, project)));
const compiler = join(workspace, 'node_modules', 'typescript', 'bin', 'tsc');
console.error('Building ...');
const code = await run(process.execPath, [compiler, '-b', ...projects], workspace);
if (code !== 0) {
  console.error('parley: the build failed; the compiler says why above.');
  process.exit(1);
}

// In this very process, so that a signal to it is a signal to the launcher.
await import('../apps/launcher/dist/main.js');
