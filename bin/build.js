import { existsSync, readdirSync } from 'node:fs';
import { bundle } from './bundle.js';
import { run } from './run.js';
import { workspace } from './install.js';

/**
 * Compiles everything that has changed, and bundles the services: about two seconds when nothing has. Types are looked at by
 * `npm run check`: to look at them here too would double the time of a first start.
 *
 * @returns {Promise<number>} the compiler's exit code; it has said what is wrong
 */
export const build = async () => {
  const configurations = ['apps', 'libs']
    .flatMap((group) => readdirSync(workspace + group).map((name) => `${group}/${name}/tsconfig.build.json`))
    .filter((path) => existsSync(workspace + path));
  const code = await run(
    process.execPath,
    ['node_modules/typescript/bin/tsc', '-b', '--noCheck', ...configurations],
    workspace,
  );
  if (code === 0) await bundle();
  return code;
};
