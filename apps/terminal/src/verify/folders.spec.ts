import { readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { call, DataFolder, decided } from '../testing/nodes.js';
import type { VerificationResult } from './result.js';

describe('parley verify', () => {
  let data: DataFolder;
  beforeEach(async () => {
    data = await DataFolder.make();
  });
  afterEach(() => data.remove());

  const verify = (...parameters: string[]) => call(data.path, ['verify', ...parameters]);
  const inJson = async (...parameters: string[]): Promise<VerificationResult> =>
    JSON.parse((await verify('--json', ...parameters)).out) as VerificationResult;
  const threeEqual = async (): Promise<void> => {
    await data.ledger('participant-1', 'one\n\nthree\n');
    await data.ledger('participant-2', 'one\n\nthree\nfour\n');
    await data.ledger('participant-3', 'one\n\n');
  };

  it('says that ledgers are equal up to the shortest', async () => {
    await threeEqual();
    expect(await verify('participant-1', 'participant-2', 'participant-3')).toEqual({
      code: 0,
      error: '',
      out: 'main: equal, 2 lines compared (participant-1 3, participant-2 4, participant-3 2)\nAll equal.\n',
    });
  });

  it('finds the nodes in the data folder of a system, and leaves everything as it is', async () => {
    await threeEqual();
    const journals = await Promise.all(
      ['coordinator', 'participant-1'].map((node) => data.journal(node, [decided(1, 'one'), decided(2, '')])),
    );
    const seen = async () => [
      await readdir(data.path, { recursive: true }),
      ...(await Promise.all(journals.map((file) => readFile(file)))),
    ];
    const before = await seen();
    const { code, out } = await verify('.');
    expect(code).toBe(0);
    expect(out).toContain('(participant-1 3, participant-2 4, participant-3 2)');
    expect(await seen()).toEqual(before);
  });

  it('names the first line that differs, and every text of it, also when the lines after it are equal', async () => {
    await data.ledger('participant-1', 'one\ntwo\nthree\n');
    await data.ledger('participant-2', 'one\n\nthree\n');
    const { code, out } = await verify('.');
    expect(code).toBe(1);
    expect(out).toBe(
      [
        'main: DIFFERENT, 3 lines compared (participant-1 3, participant-2 3)',
        '  the first difference is at line 2:',
        '  participant-1  ledger   "two"',
        '  participant-2  ledger   aborted (empty)',
        'There are differences.',
        '',
      ].join('\n'),
    );
  });

  it('has colours on a terminal, unless NO_COLOR asks for none', async () => {
    await threeEqual();
    const onTerminal = (environment: NodeJS.ProcessEnv) =>
      call(data.path, ['verify', '.'], { isTerminal: true, environment });
    expect((await onTerminal({})).out).toContain('\u001b[32m');
    expect((await onTerminal({ NO_COLOR: '1' })).out).not.toContain('\u001b');
  });

  it('compares bytes, not characters', async () => {
    await data.ledger('participant-1', '\u00e9\n');
    await data.ledger('participant-2', 'e\u0301\n');
    expect((await verify('.')).code).toBe(1);
  });

  it('says who decided and by which rule, if a journal does', async () => {
    await data.ledger('participant-1', 'one\n');
    await data.ledger('participant-2', '\n');
    await data.journal('participant-2', [decided(1, '', { decidedBy: 'participant-3' })]);
    const { firstDifference } = (await inJson('.')).books[0]!;
    expect(firstDifference).toEqual({
      line: 1,
      claims: [
        { node: 'participant-1', kind: 'ledger', outcome: 'committed', text: 'one' },
        { node: 'participant-2', kind: 'ledger', outcome: 'aborted', text: '' },
        {
          node: 'participant-2',
          kind: 'journal',
          outcome: 'aborted',
          text: '',
          decidedBy: 'participant-3',
          rule: 'vote-no',
        },
      ],
    });
    expect((await verify('.')).out).toContain('journal  aborted (empty), decided by participant-3: vote-no');
  });

  it('holds a ledger against the journal of its own node', async () => {
    await data.ledger('participant-1', 'one\nTWO\n');
    await data.journal('participant-1', [decided(1, 'one'), decided(2, 'two')]);
    const { code, out } = await verify('participant-1');
    expect(code).toBe(1);
    expect(out).toContain('"TWO"');
    expect(out).toContain('"two", decided by coordinator: quorum-acknowledged');
  });

  it('compares outcomes of transactions whose lines nobody has written yet', async () => {
    await data.ledger('participant-1', '');
    await data.ledger('participant-2', '');
    await data.journal('participant-1', [decided(7, 'seven')]);
    await data.journal('participant-2', [decided(7, '')]);
    expect((await inJson('.')).books).toMatchObject([{ equal: false, lines: 0, firstDifference: { line: 7 } }]);
  });

  it('takes the coordinator for a node without ledgers', async () => {
    await threeEqual();
    await data.journal('coordinator', [decided(1, 'one'), decided(2, 'two')]);
    const { books } = await inJson('.');
    expect(books[0]?.ledgers.map(({ participant }) => participant)).not.toContain('coordinator');
    expect(books[0]?.firstDifference).toMatchObject({ line: 2, claims: [{}, {}, {}, { node: 'coordinator' }] });
  });

  it('holds ledgers against archived evidence, and does not mind what a crash or a mending left in it', async () => {
    await data.ledger('participant-1', 'one\n\nthree\n');
    await data.archive('participant-1', [decided(1, 'one')], '{"book":"main","num\n');
    await data.archive('participant-1', [decided(2, ''), decided(1, 'one'), decided(3, 'three')], '{"book":"ma');
    expect((await verify('.')).code).toBe(0);
    await data.ledger('participant-1', 'one\n\nTHREE\n');
    expect((await inJson('.')).books[0]?.firstDifference).toMatchObject({
      line: 3,
      claims: [
        { kind: 'ledger', text: 'THREE' },
        { kind: 'archive', text: 'three' },
      ],
    });
  });

  it('does not fail on a line that is being written, and says so', async () => {
    await data.ledger('participant-1', 'one\ntwo\n');
    await data.ledger('participant-2', 'one\nsomething el');
    const { code, out } = await verify('.');
    expect(code).toBe(0);
    expect(out).toContain('1 line compared (participant-1 2, participant-2 1 and 12 bytes of a line without an end)');
  });

  it('counts a participant that has no ledger of a book as one without lines', async () => {
    await data.ledger('participant-1', 'one\n', 'notes');
    await data.ledger('participant-2', 'one\n');
    expect((await inJson('.')).books.map(({ book, lines, equal }) => [book, lines, equal])).toEqual([
      ['main', 0, true],
      ['notes', 0, true],
    ]);
  });

  it('verifies every book and names the first difference of each, or one book only', async () => {
    await data.ledger('participant-1', 'x\n', 'a');
    await data.ledger('participant-2', 'y\n', 'a');
    await data.ledger('participant-1', 'x\n', 'b');
    await data.ledger('participant-2', 'x\n', 'b');
    expect((await inJson('.')).books.map(({ book, equal }) => [book, equal])).toEqual([
      ['a', false],
      ['b', true],
    ]);
    expect((await verify('.', '--book', 'b')).code).toBe(0);
  });

  it('reads ledgers that are longer than what it reads at once', async () => {
    const lines = Array.from({ length: 30_000 }, (_, index) => `${'x'.repeat(index % 200)}${String(index)}\n`);
    await data.ledger('participant-1', lines.join(''));
    await data.ledger('participant-2', lines.with(29_000, 'other\n').join(''));
    expect((await inJson('.')).books[0]?.firstDifference).toMatchObject({
      line: 29_001,
      claims: [{}, { text: 'other' }],
    });
  });

  it('has nothing to compare where there are no ledgers yet', async () => {
    await data.journal('participant-1', []);
    expect(await verify('.')).toMatchObject({
      code: 0,
      out: 'There are no ledgers yet, so there is nothing to compare.\n',
    });
  });

  describe('cannot compare', () => {
    it('what is not there', async () => {
      expect(await verify('nowhere')).toMatchObject({
        code: 2,
        out: '',
        error: expect.stringContaining(join(data.path, 'nowhere')),
      });
    });

    it('what is no node’s folder', async () => {
      expect(await verify('.')).toMatchObject({
        code: 2,
        error: expect.stringContaining('neither the folder of a participant'),
      });
    });

    it('a journal that is damaged, and says where', async () => {
      await data.ledger('participant-1', 'one\n');
      const file = await data.journal('participant-1', [decided(1, 'one'), decided(2, 'two')]);
      const image = await readFile(file);
      image.writeUInt8(image.readUInt8(4_200) ^ 1, 4_200);
      await writeFile(file, image);
      expect(await verify('.')).toMatchObject({ code: 2, error: expect.stringMatching(/journal\.log, offset \d+/) });
    });

    it('a file that is no journal', async () => {
      const file = await data.journal('participant-1', []);
      await truncate(file, 100);
      expect(await verify('.')).toMatchObject({ code: 2, error: expect.stringContaining('not a journal') });
    });
  });
});
