import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { CommitRecord } from '@parley/commit';
import type { Begin, DatedDecision, Member, Outcome } from '@parley/contracts';
import { journalledDecisions } from './reading.js';
import { Recorded } from './recorded.js';

const list: Member[] = ['1', '2', '3'].map((n) => ({ name: `participant-${n}`, logId: n.repeat(32) }));

const begin = (
  number: number,
  { book = 'main', createdAt = 1000 + number, value = `string ${String(number)}` } = {},
): Begin => ({
  book,
  number,
  value,
  digest: 'd'.repeat(43),
  protocol: 'e3pc',
  votes: 'automatic',
  timeouts: { voteRequestMs: 10_000, voteMs: 5_000, acknowledgementMs: 5_000, decisionMs: 2_000 },
  proposer: 'operator',
  correlation: 'c'.repeat(32),
  createdAt,
});
const begun = (number: number, options?: Parameters<typeof begin>[1]): CommitRecord => ({
  kind: 'begun',
  list,
  epoch: 1,
  begin: begin(number, options),
});
const decision = (outcome: Outcome): DatedDecision => ({
  outcome,
  rule: outcome === 'committed' ? 'quorum-acknowledged' : 'vote-no',
  decidedBy: 'coordinator',
  ballot: { counter: 1, node: '' },
  quorum: 2,
  votes: {},
  states: {},
  acknowledgements: [],
  decidedAt: 2000,
});
const decided = (number: number, outcome: Outcome, book = 'main'): CommitRecord => ({
  kind: 'decided',
  book,
  number,
  list,
  protocol: 'e3pc',
  digest: 'd'.repeat(43),
  decision: decision(outcome),
});

describe('the catalogue of a journal', () => {
  let folder: string;
  let recorded: Recorded;
  const open = () =>
    Recorded.open({
      folder,
      replay: () => undefined,
      onFailure: (error) => {
        throw error;
      },
    });
  const reopen = async () => {
    await recorded.close();
    recorded = await open();
  };
  const numbers = async (request: Parameters<Recorded['catalogue']['page']>[0]) =>
    (await recorded.catalogue.page(request)).map(({ begin: { book, number } }) => `${book}-${String(number)}`);

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'catalogue-'));
    recorded = await open();
  });
  afterEach(async () => {
    await recorded.close();
    await rm(folder, { recursive: true });
  });

  it('tells a transaction from its begin on, and its decision once there is one', async () => {
    recorded.append(begun(1));
    expect(await recorded.catalogue.read({ book: 'main', number: 1 })).toEqual({
      begin: begin(1),
      list,
      decision: null,
    });
    recorded.append(decided(1, 'committed'));
    expect((await recorded.catalogue.read({ book: 'main', number: 1 }))?.decision).toEqual(decision('committed'));
    expect(await recorded.catalogue.read({ book: 'main', number: 2 })).toBeNull();
  });

  it('tells the same after a restart, and after the transaction has left memory', async () => {
    recorded.append(begun(1));
    recorded.append(decided(1, 'aborted'));
    const before = await recorded.catalogue.read({ book: 'main', number: 1 });
    recorded.catalogue.retire({ book: 'main', number: 1 });
    expect(await recorded.catalogue.read({ book: 'main', number: 1 })).toEqual(before);
    await reopen();
    expect(await recorded.catalogue.read({ book: 'main', number: 1 })).toEqual(before);
  });

  it('is refused to a second process while one has the folder, because two writers would destroy it', async () => {
    await expect(open()).rejects.toMatchObject({ code: 'folder-taken', message: expect.stringContaining(folder) });
    await reopen();
  });

  it('tells what is found only once it is forced', async () => {
    recorded.append(begun(1));
    expect(recorded.journal.forcedThrough).toBeLessThan(recorded.journal.appendedThrough);
    await recorded.tell((catalogue) => catalogue.read({ book: 'main', number: 1 }));
    expect(recorded.journal.forcedThrough).toBe(recorded.journal.appendedThrough);
  });

  it('pages newest first, by book and by state, and goes on where a page ended', async () => {
    for (let number = 1; number <= 5; number += 1) recorded.append(begun(number));
    recorded.append(begun(1, { book: 'other', createdAt: 1003 }));
    recorded.append(decided(2, 'committed'));
    expect(await numbers({ limit: 3 })).toEqual(['main-5', 'main-4', 'main-3']);
    const before = { createdAt: 1003, book: 'main', number: 3 };
    expect(await numbers({ limit: 10, before })).toEqual(['other-1', 'main-2', 'main-1']);
    expect(await numbers({ limit: 10, book: 'other' })).toEqual(['other-1']);
    expect(await numbers({ limit: 10, state: 'committed' })).toEqual(['main-2']);
    expect(await numbers({ limit: 10, state: 'deciding', before })).toEqual(['other-1', 'main-1']);
  });

  it('gives a page of long strings only as many as fit into one message', async () => {
    for (let number = 1; number <= 20; number += 1) recorded.append(begun(number, { value: 'x'.repeat(65_536) }));
    const page = await recorded.catalogue.page({ limit: 20 });
    expect(page.length).toBeGreaterThan(0);
    expect(page.length).toBeLessThan(20);
    expect(JSON.stringify(page).length).toBeLessThan(1_000_000);
  });

  it('gives the decided transactions of a range, also those whose string was never heard here', async () => {
    recorded.append(begun(1));
    recorded.append(decided(1, 'committed'));
    recorded.append(begun(2));
    recorded.append(decided(3, 'aborted'));
    const found = await recorded.catalogue.decided([{ book: 'main', first: 1, last: 9 }]);
    expect(found.map(({ number, begin: known }) => [number, known?.value ?? null])).toEqual([
      [1, 'string 1'],
      [3, null],
    ]);
    expect(await recorded.catalogue.read({ book: 'main', number: 3 })).toBeNull();
  });

  it('tells its decisions to who only reads the journal, with the strings that it has', async () => {
    recorded.append(begun(1));
    recorded.append(decided(1, 'committed'));
    recorded.append(begun(2));
    recorded.append(decided(3, 'aborted'));
    await recorded.journal.forced();
    expect(await journalledDecisions(join(folder, 'journal.log'))).toEqual([
      { book: 'main', number: 1, decision: decision('committed'), value: 'string 1' },
      { book: 'main', number: 3, decision: decision('aborted'), value: null },
    ]);
  });
});
