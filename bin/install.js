// What every command of a fresh clone does first: see that Node is new enough and that node_modules holds exactly what
// package-lock.json asks for. Nothing but Node's own modules may be imported here.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { run } from './run.js';

/** The workspace's folder, with a slash at its end. */
export const workspace = fileURLToPath(new URL('../', import.meta.url));

const readJson = (path) => JSON.parse(readFileSync(workspace + path, 'utf8'));

const stop = (message) => {
  console.error(`parley: ${message}`);
  process.exit(1);
};

const requireNode = () => {
  const required = readJson('package.json').engines.node;
  const [wanted, found] = [required.replace('>=', ''), process.versions.node].map((version) =>
    version.split('.').map(Number),
  );
  const enough = found[0] > wanted[0] || (found[0] === wanted[0] && found[1] >= wanted[1]);
  if (!enough)
    stop(`Node ${required} is needed, this is ${process.versions.node}. Install it from https://nodejs.org.`);
};

const packagesOf = (lock) => new Map(Object.entries(lock.packages).filter(([path]) => path.includes('node_modules/')));

const same = (asked, installed) =>
  asked.version === installed.version && asked.integrity === installed.integrity && asked.link === installed.link;

/**
 * Compares package-lock.json with the list that npm leaves in node_modules when, and only when, an install is complete.
 * Contents are compared, not times: switching branches and back must not cost an install. An optional package
 * may be absent, because npm leaves out what does not fit the platform.
 *
 * @returns {string | undefined} why an install is needed; undefined when none is
 */
const whyInstall = () => {
  const asked = packagesOf(readJson('package-lock.json'));
  let installed;
  try {
    installed = packagesOf(readJson('node_modules/.package-lock.json'));
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    return 'nothing is installed yet';
  }
  for (const [path, entry] of asked) {
    const found = installed.get(path);
    if (found === undefined ? !entry.optional : !same(entry, found)) return `${path} is not as in package-lock.json`;
  }
  const surplus = [...installed.keys()].find((path) => !asked.has(path));
  return surplus === undefined ? undefined : `${surplus} is not in package-lock.json`;
};

// Under `npm start` the very npm that runs this is used; otherwise the one on the PATH.
const npm = () => {
  const running = process.env.npm_execpath;
  return running?.endsWith('npm-cli.js') ? [process.execPath, [running]] : ['npm', []];
};

/**
 * Ends the process with a clear message when Node is too old, and runs `npm ci --ignore-scripts` when node_modules is
 * missing or differs from package-lock.json, saying so on stderr. Ends the process when that fails.
 *
 * @returns {Promise<void>} resolved when node_modules is as package-lock.json asks
 */
export const installIfNeeded = async () => {
  requireNode();
  const reason = whyInstall();
  if (reason === undefined) return;
  console.error(`Installing dependencies with npm ci (${reason}) ...`);
  const [program, before] = npm();
  // Named, so that NODE_ENV=production or a user's npm settings cannot leave out the compiler or the broker.
  const parameters = [...before, 'ci', '--ignore-scripts', '--include=dev', '--include=optional', '--loglevel=error'];
  const code = await run(program, parameters, workspace).catch((error) => stop(`npm cannot be run: ${error.message}`));
  if (code !== 0) stop(`npm ci failed (exit code ${code}); its message is above.`);
};
