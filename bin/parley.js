// `npm run parley -- <command>`: installs and builds what is missing, and becomes the command.
import { build } from './build.js';
import { installIfNeeded } from './install.js';

await installIfNeeded();
if ((await build()) !== 0) {
  console.error('parley: the build failed; the compiler says why above.');
  process.exit(2);
}
await import('../apps/terminal/dist/main.js');
