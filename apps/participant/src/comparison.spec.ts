import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { nextDigest } from '@parley/catalogue';
import { CHAIN_START } from '@parley/contracts';
import { Comparison } from './comparison.js';
import { Ledgers } from './ledgers.js';
import { linesOf, unexpected } from './testing/lines.js';

describe('a ledger that is compared with another participant’s', () => {
  let folder: string;
  let ledgers: Ledgers;
  let verdicts: object[];
  let said: object[];
  let comparison: Comparison;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'comparison-'));
    ledgers = await Ledgers.open(folder, unexpected);
    await ledgers.append('main', linesOf('main', ['one', 'two', 'three']));
    verdicts = [];
    said = [];
    const log = { error: (what: object) => said.push(what), warn: () => undefined } as never;
    comparison = new Comparison(ledgers, (verdict) => verdicts.push(verdict), log);
  });
  afterEach(async () => {
    await ledgers.close();
    await rm(folder, { recursive: true });
  });

  const digestOf = (...texts: string[]) =>
    texts.reduce((digest, text, index) => nextDigest(digest, index + 1, text), CHAIN_START);
  const hear = (lines: number, digest: string) => comparison.hear('participant-2', [{ book: 'main', lines, digest }]);

  it('agrees up to the end of the shorter one; who is longer is compared by the other', async () => {
    await hear(2, digestOf('one', 'two'));
    await hear(3, digestOf('one', 'two', 'three'));
    await hear(4, digestOf('one', 'two', 'three', 'four'));
    await comparison.hear('participant-2', [{ book: 'other', lines: 1, digest: digestOf('x') }]);
    expect({ verdicts, said }).toEqual({ verdicts: [], said: [] });
  });

  it('is reported when it differs, once, and when it is the same again', async () => {
    await hear(2, digestOf('one', 'TWO'));
    await hear(3, digestOf('one', 'TWO', 'three'));
    const at = {
      peer: 'participant-2',
      book: 'main',
      line: 2,
      own: digestOf('one', 'two'),
      theirs: digestOf('one', 'TWO'),
    };
    expect(said).toEqual([at]);
    await hear(3, digestOf('one', 'two', 'three'));
    expect(verdicts).toEqual([
      { book: 'main', peer: 'participant-2', line: 2, agrees: false },
      { book: 'main', peer: 'participant-2', line: 3, agrees: true },
    ]);
  });
});
