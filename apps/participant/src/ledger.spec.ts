import { appendFile, mkdir, mkdtemp, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { nextDigest } from '@parley/catalogue';
import { CHAIN_START, type KnownTransaction, type PageRequest } from '@parley/contracts';
import { LedgerArchive } from './ledger-archive.js';
import { Ledgers } from './ledgers.js';
import { linesOf, transactionOf, unexpected } from './testing/lines.js';

const texts = Array.from({ length: 3000 }, (_, index) => (index % 7 === 0 ? '' : `line ${String(index + 1)} ä🎉`));
const file = (lines: readonly string[]) => lines.map((text) => `${text}\n`).join('');
const digestOf = (lines: readonly string[]) =>
  lines.reduce((digest, text, index) => nextDigest(digest, index + 1, text), CHAIN_START);

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ledger-'));
  path = join(folder, 'ledger', 'main.txt');
});
afterEach(() => rm(folder, { recursive: true }));

/** A ledger of these lines, as a participant that has stopped has left it. */
const written = async (lines: readonly string[]): Promise<void> => {
  const ledgers = await Ledgers.open(folder, unexpected);
  await ledgers.append('main', linesOf('main', lines));
  await ledgers.close();
};

/** What a participant does at its start: the journal says which lines are written. */
const start = async (lines: readonly string[]) => {
  const ledgers = await Ledgers.open(folder, unexpected);
  for (let first = 1; first <= lines.length; first += 1000)
    await ledgers.restore('main', linesOf('main', lines.slice(first - 1, first + 999), first));
  const [mended] = await ledgers.restoreEnds();
  return { ledgers, ledger: ledgers.get('main')!, from: mended?.fromLine };
};

describe('a ledger', () => {
  it('holds line n for transaction n, empty when it was aborted, and the transaction with its evidence', async () => {
    const ledgers = await Ledgers.open(folder, unexpected);
    await ledgers.append('main', linesOf('main', ['first', '']));
    await ledgers.append('main', linesOf('main', ['third'], 3));
    expect(await readFile(path, 'utf8')).toBe('first\n\nthird\n');
    const ledger = ledgers.get('main')!;
    expect((await ledger.entries(1, 3)).map(({ isCommitted }) => isCommitted)).toEqual([true, false, true]);
    const chained = digestOf(['first', '']);
    expect(await ledger.transaction(2)).toEqual({ ...transactionOf('main', 2, ''), chained });
    expect(await ledger.markAt(2)).toEqual({ lines: 2, bytes: 7, digest: chained });
    expect(ledger.readableMark).toMatchObject({ lines: 3, bytes: 13, digest: digestOf(['first', '', 'third']) });
    expect(await ledger.markAt(4)).toBeUndefined();
    await ledgers.close();
  });

  it('keeps the order of lines that are appended while its files are made', async () => {
    const ledgers = await Ledgers.open(folder, unexpected);
    const appending = texts.map((text, index) => ledgers.append('main', linesOf('main', [text], index + 1)));
    await Promise.all(appending);
    expect(await readFile(path, 'utf8')).toBe(file(texts));
    await ledgers.close();
  });

  it('is left alone at the start when it is what the journal says', async () => {
    await written(texts);
    const evidence = await readFile(join(folder, 'archive', 'main.jsonl'));
    const { ledgers, ledger, from } = await start(texts);
    expect(from).toBeUndefined();
    expect(ledger.mark.digest).toBe(digestOf(texts));
    expect((await readFile(join(folder, 'archive', 'main.jsonl'))).equals(evidence)).toBe(true);
    await ledgers.append('main', linesOf('main', ['more'], 3001));
    expect(await readFile(path, 'utf8')).toBe(file([...texts, 'more']));
    expect(await ledger.transaction(3001)).toMatchObject({ number: 3001 });
    await ledgers.close();
  });

  it.each([
    ['lines are missing at its end', (): Promise<void> => truncate(path, 5000), 368],
    ['it ends in the middle of a character', (): Promise<void> => truncate(path, file(texts).length - 2), undefined],
    ['it has a line too many', (): Promise<void> => appendFile(path, 'nobody decided this\n'), 3001],
    [
      'a line in the middle was changed',
      async (): Promise<void> => writeFile(path, file(texts).replace('line 1500', 'LINE 1500')),
      1500,
    ],
    ['it is gone', (): Promise<void> => rm(path), 1],
    ['it is empty', (): Promise<void> => truncate(path, 0), 1],
  ])('is mended from the journal at the start when %s', async (_, damage, line) => {
    await written(texts);
    await damage();
    const { ledgers, from } = await start(texts);
    expect(from).toBeGreaterThan(0);
    if (line !== undefined) expect(from).toBe(line);
    expect(await readFile(path, 'utf8')).toBe(file(texts));
    await ledgers.close();
  });

  it('has its evidence and its index written again at the start when a crash has torn them', async () => {
    await written(texts);
    await truncate(join(folder, 'archive', 'main.jsonl'), 400_000);
    await truncate(join(folder, 'archive', 'main.index'), 64 * 1000 + 10);
    const { ledgers, ledger } = await start(texts);
    for (const line of [1, 700, 1000, 1001, 3000])
      expect(await ledger.transaction(line)).toMatchObject(transactionOf('main', line, texts[line - 1]!));
    await ledgers.close();
  });

  it('is read in portions of whole lines', async () => {
    const long = Array.from({ length: 12 }, (_, index) => String(index).repeat(65_536 / String(index).length));
    await written(long);
    const { ledgers, ledger } = await start(long);
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
    await ledgers.close();
  });

  it('says what to do when it cannot be written, and reads on as far as it was', async () => {
    await mkdir(join(folder, 'ledger'));
    await symlink('/dev/full', path);
    const failures: Error[] = [];
    const ledgers = await Ledgers.open(folder, (error) => failures.push(error));
    expect(await ledgers.append('main', linesOf('main', ['first']))).toBe(false);
    expect(failures).toMatchObject([{ code: 'ledger-unwritable', cause: { code: 'ENOSPC' } }]);
    expect(failures[0]?.message).toMatch(/^the ledger of book main cannot be written: .*ENOSPC.* Make room/);
    expect(ledgers.get('main')?.length).toBe(0);
    await ledgers.close();
  });

  it('says the same when what has gathered cannot be written at the time when it is forced', async () => {
    await mkdir(join(folder, 'archive'));
    await symlink('/dev/full', join(folder, 'archive', 'main.jsonl'));
    const failures: Error[] = [];
    const ledgers = await Ledgers.open(folder, (error) => failures.push(error));
    expect(await ledgers.append('main', linesOf('main', ['first']))).toBe(true);
    await expect(ledgers.get('main')?.force()).rejects.toMatchObject({ cause: { code: 'ENOSPC' } });
    expect(failures[0]).toMatchObject({ code: 'ledger-unwritable' });
    await expect(ledgers.close()).rejects.toMatchObject({ cause: { code: 'ENOSPC' } });
  });

  it('puts a file aside that the journal knows nothing of', async () => {
    await written(['from another life']);
    await written(['first']);
    expect(await readFile(path, 'utf8')).toBe('first\n');
    expect(await readFile(`${path}.unknown-to-the-journal`, 'utf8')).toBe('from another life\n');
  });
});

describe('the archive of ledgers', () => {
  const pageOf = async (archive: LedgerArchive, request: Omit<PageRequest, 'limit'>) => {
    const found: KnownTransaction[] = [];
    for await (const known of archive.newest(request)) found.push(known);
    return found.map(({ begin }) => `${begin.book}-${String(begin.number)}`);
  };

  it('tells its transactions newest first over all books, from any place on, and by outcome', async () => {
    const ledgers = await Ledgers.open(folder, unexpected);
    const even = Array.from({ length: 600 }, (_, i) => transactionOf('even', i + 1, i % 100 === 99 ? '' : 'x', 2 * i));
    const odd = Array.from({ length: 600 }, (_, i) => transactionOf('odd', i + 1, 'x', 2 * i + 1));
    for (const [book, transactions] of Object.entries({ even, odd }))
      await ledgers.append(
        book,
        transactions.map((transaction) => ({
          text: transaction.decision.outcome === 'committed' ? 'x' : '',
          transaction,
        })),
      );
    const archive = new LedgerArchive(ledgers, () => undefined);
    const all = await pageOf(archive, {});
    expect(all).toHaveLength(1200);
    expect(all.slice(0, 4)).toEqual(['odd-600', 'even-600', 'odd-599', 'even-599']);
    const before = { createdAt: 2 * 299, book: 'even', number: 300 };
    expect((await pageOf(archive, { before })).slice(0, 3)).toEqual(['odd-299', 'even-299', 'odd-298']);
    expect((await pageOf(archive, { before, book: 'even' })).slice(0, 2)).toEqual(['even-299', 'even-298']);
    expect(await pageOf(archive, { state: 'aborted' })).toEqual([6, 5, 4, 3, 2, 1].map((n) => `even-${String(n)}00`));
    expect(await pageOf(archive, { state: 'deciding' })).toEqual([]);
    await ledgers.close();
  });

  it('says which line has evidence that cannot be read', async () => {
    await written(['first', 'second']);
    const evidence = join(folder, 'archive', 'main.jsonl');
    await writeFile(
      evidence,
      (await readFile(evidence, 'utf8')).replace('"proposer":"operator"', '"proposer":"OPERATOR"'),
    );
    const { ledgers } = await start([]);
    await ledgers.resume('main', { lines: 2, bytes: 13, digest: digestOf(['first', 'second']) });
    const damaged: unknown[] = [];
    const archive = new LedgerArchive(ledgers, (place) => damaged.push(place));
    expect(await archive.read({ book: 'main', number: 1 })).toBeNull();
    expect(await archive.read({ book: 'main', number: 2 })).toMatchObject({ number: 2 });
    expect(await archive.read({ book: 'main', number: 3 })).toBeNull();
    expect(damaged).toEqual([{ book: 'main', number: 1 }]);
    await ledgers.close();
  });
});
