// One Jest run for the whole workspace: a Jest project per folder that has specs, all alike.
// `npm test` runs the libraries and services first and the end-to-end tests, which own whole systems, after them.
import { readdirSync } from 'node:fs';

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
  rootDir: new URL(folder, import.meta.url).pathname,
  testMatch: ['<rootDir>/**/*.spec.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['parley-source', 'node', 'import', 'default'] },
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: { '\\.ts$': ['@swc/jest', swc] },
});

const grouped = (group) => readdirSync(new URL(group, import.meta.url)).map((name) => project(name, `${group}/${name}`));

export default {
  projects: [...grouped('libs'), ...grouped('apps'), project('bench', 'bench'), project('e2e', 'e2e')],
};
