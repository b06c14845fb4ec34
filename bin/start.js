// `npm start`: installs if needed, builds what has changed, and becomes the launcher.
import { build } from './build.js';
import { installIfNeeded } from './install.js';

await installIfNeeded();

console.error('Building ...');
const code = await build();
if (code !== 0) {
  console.error('parley: the build failed; the compiler says why above.');
  process.exit(1);
}

// In this very process, so that a signal to it is a signal to the launcher.
await import('../apps/launcher/dist/main.js');
