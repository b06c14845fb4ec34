// `npm run check`: everything but the tests. All of it runs even when one part fails, so that one run shows all there is
// to mend. Lint takes as long as the rest together, so the rest runs beside it.
import { execFile } from 'node:child_process';
import { installIfNeeded, workspace } from './install.js';

const color = process.stdout.isTTY ? { FORCE_COLOR: '1' } : {};

/** Runs one tool to its end and prints its verdict, its time and, when it found something, what it found. */
const check = (name, tool, ...parameters) =>
  new Promise((resolve) => {
    const startedAt = performance.now();
    const options = { cwd: workspace, env: { ...process.env, ...color }, maxBuffer: 64 * 1024 * 1024 };
    execFile(`${workspace}node_modules/.bin/${tool}`, parameters, options, (error, stdout, stderr) => {
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
      console.log(`${error ? 'FAILED' : 'ok    '}  ${name} (${seconds} s)`);
      if (error) console.log(`${stdout}${stderr}`.trimEnd() || error.message);
      resolve(error === null);
    });
  });

await installIfNeeded();

const lint = check('lint and boundaries', 'eslint', '--max-warnings', '0', '.');
const verdicts = [
  await check('format', 'prettier', '--check', '--log-level', 'warn', '.'),
  await check('types', 'tsc', '--noEmit', '-p', 'tsconfig.json'),
  await check('dead code', 'knip', '--tsConfig', 'tsconfig.build.json', '--no-config-hints'),
  await lint,
];
process.exitCode = verdicts.includes(false) ? 1 : 0;
