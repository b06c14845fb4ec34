import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { keep } from './keeping.js';
import { LedgerArchive } from './ledger-archive.js';
import { Ledgers } from './ledgers.js';
import { linesOf, transactionOf, unexpected } from './testing/lines.js';

const unheard = { ...transactionOf('main', 2, ''), begin: null };
const begin = {
  ...transactionOf('main', 2, '').begin!,
  value: 'what it was',
  digest: createHash('sha256').update('what it was').digest('base64url'),
};
const known = { ...unheard, begin };

describe('an abort that was recorded without knowing what was proposed', () => {
  let folder: string;
  let ledgers: Ledgers;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'keeping-'));
    ledgers = await Ledgers.open(folder, unexpected);
    await ledgers.append('main', [
      ...linesOf('main', ['first']),
      { text: '', transaction: unheard },
      ...linesOf('main', ['third'], 3),
    ]);
  });
  afterEach(async () => {
    await ledgers.close();
    await rm(folder, { recursive: true });
  });

  const archive = () => new LedgerArchive(ledgers, () => undefined);
  const pages = async () => {
    const found: number[] = [];
    for await (const transaction of archive().newest({})) found.push(transaction.begin.number);
    return found;
  };

  it('can be read once whoever knows it has handed it over', async () => {
    expect(await pages()).toEqual([3, 1]);
    expect(await keep(ledgers, [known])).toEqual([{ book: 'main', number: 2 }]);
    expect(await archive().read({ book: 'main', number: 2 })).toMatchObject({ begin });
    expect(await pages()).toEqual([3, 2, 1]);
  });

  it('is still known after a restart, though the journal does not say it', async () => {
    await keep(ledgers, [known]);
    await ledgers.close();
    ledgers = await Ledgers.open(folder, unexpected);
    await ledgers.restore('main', [...linesOf('main', ['first']), { text: '', transaction: unheard }]);
    await ledgers.restore('main', linesOf('main', ['third'], 3));
    expect(await archive().read({ book: 'main', number: 2 })).toMatchObject({ begin });
  });

  it('is not taken for another, nor for one that is not recorded, and what is known stays as it is', async () => {
    const forged = { ...known, begin: { ...begin, value: 'something else' } };
    const committed = { ...known, number: 1, begin: { ...begin, number: 1 } };
    expect(await keep(ledgers, [forged, { ...known, number: 4 }, { ...known, number: 3 }, committed])).toEqual([
      { book: 'main', number: 3 },
      { book: 'main', number: 1 },
    ]);
    expect(await archive().read({ book: 'main', number: 1 })).toMatchObject({ begin: { value: 'first' } });
    expect(await archive().read({ book: 'main', number: 2 })).toMatchObject({ begin: null });
  });
});
