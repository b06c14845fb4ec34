// Who may import whom, and what the pure libraries may not touch. Every project has one tag, in its package.json.
// e2e/boundaries.spec.ts lints violating files and shows that each of these rules bites.
import { builtinModules } from 'node:module';
import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';

const service = [
  ...['libs:commit', 'libs:contracts', 'libs:messaging', 'libs:service'],
  ...['libs:journal', 'libs:catalogue', 'libs:shell'],
];

/** Which workspace projects a project may import. */
const mayImport = {
  'libs:contracts': [],
  'libs:commit': ['libs:contracts'],
  'libs:clocks': [],
  'libs:journal': [],
  'libs:folder-lock': [],
  'libs:catalogue': ['libs:commit', 'libs:contracts', 'libs:folder-lock', 'libs:journal'],
  'libs:shell': ['libs:commit', 'libs:contracts', 'libs:journal', 'libs:messaging'],
  'libs:simulation': ['libs:commit', 'libs:contracts'],
  'libs:broker': [],
  'libs:messaging': ['libs:clocks', 'libs:contracts'],
  'libs:client': ['libs:contracts'],
  'libs:service': ['libs:contracts'],
  'apps:gateway': ['libs:clocks', ...service],
  'apps:coordinator': service,
  'apps:participant': service,
  'apps:chat': ['libs:clocks', 'libs:contracts', 'libs:messaging', 'libs:service'],
  'apps:launcher': ['libs:broker', 'libs:contracts', 'libs:folder-lock'],
  'apps:terminal': ['libs:catalogue', 'libs:client', 'libs:contracts', 'libs:journal'],
  bench: ['libs:broker', 'libs:contracts'],
  e2e: ['libs:broker', 'libs:client', 'libs:clocks', 'libs:contracts', 'libs:messaging'],
};

/**
 * Libraries that decide and do nothing else, so that the explorer and the browser can run them as they are. The
 * simulation is held to the same: its clock, network, disk and dice are its own, so that a seed replays a run.
 */
const pure = ['libs:commit', 'libs:clocks', 'libs:simulation'];

/** Which npm packages a project may import, where that is limited. */
const mayInstall = {
  'libs:contracts': ['zod'],
  'libs:client': ['zod', 'ws'],
  ...Object.fromEntries(pure.map((tag) => [tag, []])),
  'libs:simulation': ['fast-check'],
};

const natsClient = '@nats-io/*';
const testTools = ['@jest/globals', 'fast-check'];

/** What a command of the terminal starts inside a pure library: it reads arguments and prints. */
const commands = ['libs/simulation/src/*/main.ts'];

/** What a client decides is a pure function; what it does runs in a browser too, and what needs Node stands apart. */
const clientCore = 'libs/client/src/core/**/*.ts';
const clientForNode = 'libs/client/src/node/**/*.ts';

const testFiles = ['**/*.spec.ts', '**/src/testing/**/*.ts'];

const constraint = (tag, { inTests }) => ({
  sourceTag: tag,
  // Tests of what stands on the network run on a real broker, so they may start one.
  onlyDependOnLibsWithTags:
    inTests && mayImport[tag].length > 0 ? [...new Set([...mayImport[tag], 'libs:broker'])] : mayImport[tag],
  ...(tag in mayInstall && { allowedExternalImports: [...mayInstall[tag], ...(inTests ? testTools : [])] }),
  ...(tag !== 'libs:messaging' && { bannedExternalImports: [natsClient] }),
});

const moduleBoundaries = (where) => ({
  '@nx/enforce-module-boundaries': [
    'error',
    { banTransitiveDependencies: true, depConstraints: Object.keys(mayImport).map((tag) => constraint(tag, where)) },
  ],
});

// What ECMAScript defines and what depends on nothing but its arguments. Everything else that is global in Node (clock,
// timers, process, console, network, randomness, locale, garbage collection) is refused, also what Node adds later.
const pureGlobals = new Set([
  ...['undefined', 'NaN', 'Infinity', 'isFinite', 'isNaN', 'parseFloat', 'parseInt'],
  ...['Object', 'Function', 'Boolean', 'Symbol', 'Number', 'BigInt', 'String', 'RegExp', 'Math', 'JSON', 'Reflect'],
  ...['Error', 'AggregateError', 'EvalError', 'RangeError', 'ReferenceError', 'SyntaxError', 'TypeError', 'URIError'],
  ...['Array', 'Map', 'Set', 'WeakMap', 'WeakSet', 'Iterator', 'Proxy', 'ArrayBuffer', 'DataView'],
  ...['Int8Array', 'Uint8Array', 'Uint8ClampedArray', 'Int16Array', 'Uint16Array', 'Int32Array', 'Uint32Array'],
  ...['BigInt64Array', 'BigUint64Array', 'Float32Array', 'Float64Array', 'TextEncoder', 'TextDecoder'],
  ...['structuredClone', 'encodeURIComponent', 'decodeURIComponent', 'encodeURI', 'decodeURI'],
]);
const impureGlobals = [...Object.getOwnPropertyNames(globalThis), 'require', 'module', '__filename', '__dirname'];

const isPure = 'A pure library has no clock, no I/O and no randomness: take it as an input or give it as an effect.';

const purity = {
  'no-restricted-globals': [
    'error',
    ...impureGlobals.filter((name) => !pureGlobals.has(name)).map((name) => ({ name, message: isPure })),
  ],
  'no-restricted-properties': ['error', { object: 'Math', property: 'random', message: isPure }],
  'no-restricted-syntax': [
    'error',
    { selector: 'ImportExpression', message: 'A pure library loads nothing by itself.' },
  ],
  '@typescript-eslint/no-restricted-imports': [
    'error',
    {
      paths: [
        ...builtinModules.map((name) => ({ name, message: isPure })),
        {
          name: '@parley/contracts',
          message: "Only its types: `import type`. A pure library's input was parsed before.",
          allowTypeImports: true,
        },
      ],
      patterns: [{ regex: '^node:', message: isPure }],
    },
  ],
};

const testSupport = {
  regex: '/testing/|\\.spec\\.js$',
  message: 'Support code of tests is not built: only tests import it.',
};
const noTestSupport = { 'no-restricted-imports': ['error', { patterns: [testSupport] }] };

const forNode = 'The client runs in browsers too: what needs Node stands in src/node.';
const runsInBrowsers = {
  'no-restricted-imports': ['error', { patterns: [testSupport, { regex: '^node:|^ws$|/node/', message: forNode }] }],
  'no-restricted-globals': [
    'error',
    ...['Buffer', 'process', 'global', 'setImmediate', 'require', '__dirname', '__filename'].map((name) => ({
      name,
      message: forNode,
    })),
  ],
};

const foldersOf = (tags) => tags.map((tag) => `${tag.replace(':', '/')}/src/**/*.ts`);

export default [
  { files: ['**/*.ts'], plugins: { '@nx': nx, '@typescript-eslint': tseslint.plugin } },
  { files: ['**/*.ts'], rules: moduleBoundaries({ inTests: false }) },
  { files: [...testFiles, 'e2e/**/*.ts', 'bench/**/*.ts'], rules: moduleBoundaries({ inTests: true }) },
  { files: ['apps/*/src/**/*.ts', 'libs/*/src/**/*.ts'], ignores: testFiles, rules: noTestSupport },
  { files: ['libs/client/src/**/*.ts'], ignores: [...testFiles, clientForNode], rules: runsInBrowsers },
  { files: [clientCore], ignores: testFiles, rules: purity },
  { files: foldersOf(pure), ignores: [...testFiles, ...commands], rules: purity },
];
