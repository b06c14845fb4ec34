// The guides in docs/ and the README: their commands are run by tests as they stand there.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { WORKSPACE } from './launcher.js';

/** @param path from the workspace */
export const guide = (path: string): Promise<string> => readFile(join(WORKSPACE, path), 'utf8');

/** The blocks of a language in a text, in order. */
export const blocksIn = (text: string, language = 'sh'): string[] =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(([, block = '']) => block.trim());
