// Lint: correctness rules that know the types, and the module boundaries of eslint.boundaries.js.
import eslint from '@eslint/js';
import { createProjectGraphAsync } from '@nx/devkit';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';
import boundaries from './eslint.boundaries.js';

// Without a project graph @nx/enforce-module-boundaries passes everything and only prints a warning. The graph is made
// here, before the first file is linted, so that it is fresh and a graph that cannot be made is an error.
await createProjectGraphAsync({ exitOnError: false });

const typescript = ['**/*.ts'];
const javascript = ['**/*.js'];
const tests = ['**/*.spec.ts', '**/src/testing/**/*.ts', 'e2e/**/*.ts', 'bench/**/*.ts'];

export default defineConfig(
  { ignores: ['**/dist/', '.nx/', '.parley/', '.test-results/', 'e2e/fixtures/'] },
  // A comment cannot switch a rule off: a rule that is wrong somewhere is changed here, for all to see.
  { linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: 'error' } },
  eslint.configs.recommended,
  { rules: { eqeqeq: ['error', 'always', { null: 'ignore' }] } },
  {
    files: javascript,
    languageOptions: {
      globals: Object.fromEntries(Object.getOwnPropertyNames(globalThis).map((name) => [name, 'readonly'])),
    },
  },
  {
    files: typescript,
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true, argsIgnorePattern: '^_' }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // `return send(x)` in a function without a value is how a switch hands its case on.
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
      // A Nest module is a class that only carries a decorator.
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      // Nest declares its options as classes and takes object literals for them.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      // A port is asynchronous also where one implementation has nothing to wait for.
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    files: tests,
    rules: {
      // A test that indexes past the end fails, which is what it is for.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  boundaries,
);
