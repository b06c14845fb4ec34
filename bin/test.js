// `npm test`: installs and builds what is missing, then runs all tests, first those of single libraries and services, then
// those that own whole systems. `npm test -- --selectProjects journal commit` runs those of the projects named; any
// further option goes to Jest. The last line is always `N passed, N failed`; the exit code tells whether all is well.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import jestConfig from '../jest.config.js';
import { build } from './build.js';
import { installIfNeeded, workspace } from './install.js';
import { run } from './run.js';

const projects = jestConfig.projects.map(({ displayName }) => displayName);
const stages = [
  { name: 'unit and integration', projects: projects.filter((name) => name !== 'e2e'), parameters: ['--maxWorkers=2'] },
  // Each file has a system of its own, which mostly waits for deadlines, restarts and disks.
  { name: 'end to end', projects: ['e2e'], parameters: ['--maxWorkers=2'] },
];
const reports = `${workspace}.test-results`;

const counts = { passed: 0, failed: 0 };
process.on('exit', () => console.log(`${counts.passed} passed, ${counts.failed} failed`));

const complain = (message) => {
  console.error(`npm test: ${message}`);
  process.exitCode = 1;
};

/** Splits the command line into the projects it selects (all, when it names none) and what goes to Jest as it is. */
const readCommandLine = (parameters) => {
  const start = parameters.indexOf('--selectProjects');
  if (start === -1) return { selected: projects, forJest: parameters };
  const after = parameters.slice(start + 1);
  const end = after.findIndex((parameter) => parameter.startsWith('-'));
  const selected = end === -1 ? after : after.slice(0, end);
  return { selected, forJest: [...parameters.slice(0, start), ...after.slice(selected.length)] };
};

const timed = async (name, work) => {
  const startedAt = performance.now();
  console.log(`== ${name}`);
  const result = await work();
  console.log(`== ${name}: ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
  return result;
};

/** Runs Jest on the projects named, whatever ran before, and answers with its exit code and what it counted. */
const runJest = async ({ name, parameters }, names, forJest) => {
  const report = `${reports}/${name.replaceAll(' ', '-')}.json`;
  const jest = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js'];
  const output = ['--json', '--outputFile', report];
  const selection = ['--selectProjects', ...names];
  const exitCode = await run(
    process.execPath,
    [...jest, ...forJest, ...parameters, ...output, ...selection],
    workspace,
  );
  return { exitCode, found: existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : undefined };
};

/** Runs one stage and adds to the counts. Without a filter, a test that was skipped or is missing is a failure. */
const runStage = async (stage, names, forJest) => {
  const filtered = forJest.length > 0;
  const { exitCode, found } = await runJest(stage, names, filtered ? [...forJest, '--passWithNoTests'] : forJest);
  if (exitCode !== 0) complain(`${stage.name}: failed, exit code ${exitCode}`);
  if (found === undefined) return complain(`${stage.name}: Jest left no report`);

  counts.passed += found.numPassedTests;
  // A file that could not be loaded counts as one failed test.
  counts.failed += found.numFailedTests + found.numRuntimeErrorTestSuites;
  if (filtered) return;
  const unproven = found.numPendingTests + found.numTodoTests;
  if (unproven > 0) complain(`${stage.name}: tests skipped or still to be written: ${unproven}`);
  if (found.numPassedTests === 0) complain(`${stage.name}: no test passed`);
};

const { selected, forJest } = readCommandLine(process.argv.slice(2));
if (selected.length === 0 || !selected.every((name) => projects.includes(name))) {
  complain(`--selectProjects takes some of: ${projects.join(', ')}`);
  process.exit();
}

await timed('install', installIfNeeded);
if ((await timed('build', build)) !== 0) {
  complain('the build failed');
  process.exit();
}
rmSync(reports, { recursive: true, force: true });
mkdirSync(reports);
for (const stage of stages) {
  const names = stage.projects.filter((name) => selected.includes(name));
  if (names.length > 0) await timed(stage.name, () => runStage(stage, names, forJest));
}
if (counts.passed + counts.failed === 0) complain('no test ran');
