// The module boundaries of eslint.boundaries.js bite. The files of fixtures/boundaries are put where their paths say, in a
// copy of the workspace's outline, and linted with the real configuration. A line that ends in `// refused: <name>` must be
// reported by the rule, or with the message, of that name; every other line must not be reported.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const workspace = fileURLToPath(new URL('..', import.meta.url));
const fixtures = fileURLToPath(new URL('fixtures/boundaries', import.meta.url));

const boundaryRules = new Set([
  '@nx/enforce-module-boundaries',
  '@typescript-eslint/no-restricted-imports',
  'no-restricted-globals',
  'no-restricted-imports',
  'no-restricted-properties',
  'no-restricted-syntax',
]);

interface LintMessage {
  ruleId: string | null;
  messageId?: string;
  line: number;
  message: string;
  fatal?: boolean;
}

interface Linted {
  exitCode: number;
  stdout: string;
  stderr: string;
}

const projectFolders = async (): Promise<string[]> => {
  const grouped = await Promise.all(
    ['apps', 'libs'].map(async (group) => (await readdir(join(workspace, group))).map((name) => `${group}/${name}`)),
  );
  return [...grouped.flat(), 'bench', 'e2e'].filter((folder) => existsSync(join(workspace, folder, 'package.json')));
};

/** What an install would make: the real npm packages, and for each workspace package a link to its place in the copy. */
const linkPackages = async (copy: string): Promise<void> => {
  await mkdir(join(copy, 'node_modules/@parley'), { recursive: true });
  for (const name of await readdir(join(workspace, 'node_modules')))
    if (name !== '@parley') await symlink(join(workspace, 'node_modules', name), join(copy, 'node_modules', name));
  for (const folder of await projectFolders())
    await symlink(join(copy, folder), join(copy, 'node_modules/@parley', basename(folder)));
};

/** The workspace without its sources: what tells ESLint, TypeScript and Nx which projects there are. */
const copyOutline = async (): Promise<string> => {
  const copy = await realpath(await mkdtemp(join(tmpdir(), 'parley-boundaries-')));
  const top = (await readdir(workspace)).filter((name) =>
    /^(package.*|nx|tsconfig.*)\.json$|^eslint\..*\.js$/.test(name),
  );
  const manifests = (await projectFolders()).map((folder) => `${folder}/package.json`);
  for (const path of [...top, ...manifests]) await cp(join(workspace, path), join(copy, path));
  await cp(fixtures, copy, { recursive: true });
  await linkPackages(copy);
  return copy;
};

const lint = async (folder: string): Promise<Linted> => {
  // Under `nx test` the variables of Nx name the real workspace.
  const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('NX_')));
  const eslint = join(workspace, 'node_modules/eslint/bin/eslint.js');
  const parameters = [eslint, '--format', 'json', 'apps', 'libs', 'bench', 'e2e'];
  const limits = { maxBuffer: 64 * 1024 * 1024 };
  try {
    const options = { cwd: folder, env: environment, ...limits };
    return { exitCode: 0, ...(await promisify(execFile)(process.execPath, parameters, options)) };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { exitCode: code, stdout, stderr };
  }
};

const fixtureFiles = (await readdir(fixtures, { recursive: true })).filter((path) => path.endsWith('.ts')).sort();

describe('module boundaries', () => {
  let copy: string;
  let linted: Linted;
  let messagesOf: (file: string) => LintMessage[];

  beforeAll(async () => {
    copy = await copyOutline();
    linted = await lint(copy);
    const results = JSON.parse(linted.stdout) as { filePath: string; messages: LintMessage[] }[];
    const messages = new Map(results.map((result) => [result.filePath, result.messages]));
    messagesOf = (file) => {
      const found = messages.get(join(copy, file));
      if (found === undefined) throw new Error(`ESLint did not lint ${file}`);
      return found;
    };
  }, 120_000);

  afterAll(() => rm(copy, { recursive: true, force: true }));

  it('are checked against a project graph, never skipped for want of one', () => {
    expect(linted.stdout + linted.stderr).not.toContain('No cached ProjectGraph');
    expect(linted.exitCode).toBe(1);
  });

  it('cannot be skipped: where no project graph can be made, lint fails', async () => {
    const broken = await copyOutline();
    try {
      await writeFile(join(broken, 'libs/journal/package.json'), '{ "name": ');
      expect(await lint(broken)).toMatchObject({
        exitCode: 2,
        stderr: expect.stringContaining('libs/journal/package.json'),
      });
    } finally {
      await rm(broken, { recursive: true, force: true });
    }
  }, 120_000);

  it('are shown to bite for every project', async () => {
    const shown = fixtureFiles.filter((file) => file.endsWith('workspace-imports.ts')).join('\n');
    const projects = await projectFolders();
    expect(projects.filter((folder) => !shown.includes(`${folder}/`))).toEqual([]);
  });

  it.each(fixtureFiles)('refuse the marked lines of %s and no other', async (file) => {
    const messages = messagesOf(file);
    expect(messages.filter(({ fatal }) => fatal === true)).toEqual([]);

    const source = await readFile(join(fixtures, file), 'utf8');
    source.split('\n').forEach((text, index) => {
      const reported = messages
        .filter(({ ruleId, line }) => line === index + 1 && ruleId !== null && boundaryRules.has(ruleId))
        .flatMap(({ ruleId, messageId }) => [ruleId, messageId]);
      const marked = / \/\/ refused: (.*)$/.exec(text)?.[1];
      const verdict = { file, text, reported };
      if (marked === undefined) expect(verdict).toEqual({ file, text, reported: [] });
      else expect(verdict).toEqual({ file, text, reported: expect.arrayContaining([marked]) });
    });
  });
});
