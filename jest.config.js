// One Jest run for the whole workspace: a Jest project per folder of the workspace, all alike.
// `npm test` runs the libraries and services first and the end-to-end tests, which own whole systems, after them.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const workspace = import.meta.dirname;

const swc = {
  jsc: {
    target: 'es2022',
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true },
  },
  module: { type: 'es6' },
  sourceMaps: 'inline',
};

const project = (name, folder) => ({
  displayName: name,
  rootDir: join(workspace, folder),
  testMatch: ['<rootDir>/**/*.spec.ts'],
  testPathIgnorePatterns: ['<rootDir>/node_modules/', '<rootDir>/dist/', '<rootDir>/fixtures/'],
  testEnvironment: 'node',
  // The conditions of Jest's own Node environment, and before them the one that finds the sources of this workspace.
  testEnvironmentOptions: { customExportConditions: ['parley-source', 'node', 'node-addons'] },
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: { '\\.ts$': ['@swc/jest', swc] },
});

const grouped = (group) =>
  readdirSync(join(workspace, group))
    .filter((name) => existsSync(join(workspace, group, name, 'package.json')))
    .map((name) => project(name, `${group}/${name}`));

/** @type {import('jest').Config} */
export default {
  projects: [...grouped('libs'), ...grouped('apps'), project('bench', 'bench'), project('e2e', 'e2e')],
};
