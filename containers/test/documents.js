// The command lines of the documents, as they stand there: what a reader pastes is what is run.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

const textOf = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

/** The blocks of a document that are fenced so, in order. */
const blocks = (path, fence) =>
  [...textOf(path).matchAll(new RegExp(`^\`\`\`${fence}\\n(.*?)^\`\`\`$`, 'gms'))].map(([, block]) => block.trim());

/** The block of README.md about containers, and its four commands: start, wait until ready, propose, read the ledgers. */
export const readme = () => {
  const found = blocks('README.md', 'sh-containers');
  assert.equal(found.length, 1, 'README.md has one block about containers');
  const [block] = found;
  const commands = block.replaceAll('\\\n', ' ').split('\n');
  assert.equal(commands.length, 4, 'the block of README.md about containers has four commands');
  const [up, ready, propose, read] = commands;
  return { block, up, ready, propose, read };
};

/** How docs/containers.md goes on: five participants, three again, and two of them let go. */
export const guide = () => {
  const found = blocks('docs/containers.md', 'sh');
  assert.equal(found.length, 3, 'docs/containers.md has three blocks of commands');
  const [more, fewer, letGo] = found;
  return { more, fewer, letGo };
};
