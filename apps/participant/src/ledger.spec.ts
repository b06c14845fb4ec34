import { appendFile, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Ledger } from './ledger.js';

const texts = Array.from({ length: 3000 }, (_, index) => (index % 7 === 0 ? '' : `line ${String(index + 1)} ä🎉`));
const file = (lines: readonly string[]) => lines.map((text) => `${text}\n`).join('');

describe('a ledger', () => {
  let folder: string;
  let path: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ledger-'));
    path = join(folder, 'main.txt');
  });
  afterEach(() => rm(folder, { recursive: true }));

  /** What a participant does at its start: the journal says which lines are written. */
  const start = async (lines: readonly string[]) => {
    const ledger = new Ledger(path);
    lines.forEach((text) => ledger.expect(text));
    const from = await ledger.open(async (line) => lines[line - 1]!);
    return { ledger, from };
  };

  it('holds line n for transaction n, empty when it was aborted', async () => {
    const ledger = new Ledger(path);
    ledger.make();
    await ledger.append(['first', '', 'third']);
    expect(await readFile(path, 'utf8')).toBe('first\n\nthird\n');
    expect([1, 2, 3].map((line) => ledger.isCommitted(line))).toEqual([true, false, true]);
    expect(() => ledger.isCommitted(4)).toThrow('no line 4');
    await ledger.close();
  });

  it('is left alone at the start when it is what the journal says', async () => {
    await writeFile(path, file(texts));
    const { ledger, from } = await start(texts);
    expect(from).toBeUndefined();
    await ledger.append(['more']);
    expect(await readFile(path, 'utf8')).toBe(file([...texts, 'more']));
    await ledger.close();
  });

  it.each([
    ['lines are missing at its end', (): Promise<void> => truncate(path, 5000)],
    ['it ends in the middle of a character', (): Promise<void> => truncate(path, file(texts).length - 2)],
    ['it has a line too many', (): Promise<void> => appendFile(path, 'nobody decided this\n')],
    [
      'a line in the middle was changed',
      async (): Promise<void> => writeFile(path, file(texts).replace('line 1500', 'LINE 1500')),
    ],
    ['it is gone', (): Promise<void> => rm(path)],
    ['it is empty', (): Promise<void> => truncate(path, 0)],
  ])('is mended at the start when %s', async (_, damage) => {
    await writeFile(path, file(texts));
    await damage();
    const { ledger, from } = await start(texts);
    expect(from).toBeGreaterThan(0);
    expect(await readFile(path, 'utf8')).toBe(file(texts));
    await ledger.close();
  });

  it('is not written again before the place where it differs', async () => {
    await writeFile(path, file(texts).replace('line 2501', 'LINE 2501'));
    const { ledger, from } = await start(texts);
    expect(from).toBe(2049);
    await ledger.close();
  });

  it('is read in portions of whole lines', async () => {
    const long = Array.from({ length: 12 }, (_, index) => String(index).repeat(65_536 / String(index).length));
    await writeFile(path, file(long));
    const { ledger } = await start(long);
    let read = '';
    let portions = 0;
    for (let offset: number | null = 0; offset !== null; portions += 1) {
      const portion: { text: string; next: number | null } = await ledger.read(offset);
      expect(portion.text.endsWith('\n')).toBe(true);
      read += portion.text;
      offset = portion.next;
    }
    expect(read).toBe(file(long));
    expect(portions).toBeGreaterThan(1);
    await ledger.close();
  });

  it('puts a file aside that the journal knows nothing of', async () => {
    await writeFile(path, 'from another life\n');
    const ledger = new Ledger(path);
    ledger.make();
    await ledger.append(['first']);
    expect(await readFile(path, 'utf8')).toBe('first\n');
    expect(await readFile(`${path}.unknown-to-the-journal`, 'utf8')).toBe('from another life\n');
    await ledger.close();
  });
});
