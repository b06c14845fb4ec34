import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { CommitRecord } from '@parley/commit';
import {
  newestFirst,
  type Begin,
  type DatedDecision,
  type DecidedTransaction,
  type KnownTransaction,
  type Member,
  type Outcome,
  type PageRequest,
  type Place,
} from '@parley/contracts';
import type { Archive } from './catalogue.js';
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

/** An archive in memory, which says how much of it was looked at. */
class Kept implements Archive {
  readonly transactions: DecidedTransaction[] = [];
  looked = 0;

  read({ book, number }: Place): Promise<DecidedTransaction | null> {
    return Promise.resolve(this.transactions.find((it) => it.book === book && it.number === number) ?? null);
  }

  async *newest({ book, state, before }: Omit<PageRequest, 'limit'>): AsyncGenerator<KnownTransaction> {
    const known = this.transactions
      .flatMap(({ begin: known, list: members, decision: made }) =>
        known === null ? [] : { begin: known, list: members, decision: made },
      )
      .filter(({ begin: it }) => (book ?? it.book) === it.book && (!before || newestFirst(before, it) < 0))
      .filter((it) => (state ?? it.decision.outcome) === it.decision.outcome)
      .sort((a, b) => newestFirst(a.begin, b.begin));
    for (const it of known) {
      this.looked += 1;
      yield await Promise.resolve(it);
    }
  }
}

describe('the catalogue of a journal', () => {
  let folder: string;
  let recorded: Recorded;
  let archive: Kept;
  const open = () =>
    Recorded.open({
      folder,
      archive,
      snapshotBytes: 64 * 1024,
      replay: () => undefined,
      onFailure: (error) => {
        throw error;
      },
    });
  const reopen = async () => {
    await recorded.close();
    recorded = await open();
  };
  /** As a participant does when the line is written. */
  const putAway = (place: Place) => {
    archive.transactions.push(recorded.catalogue.decidedInFlight(place));
    recorded.catalogue.retire(place);
  };
  const numbers = async (request: Parameters<Recorded['catalogue']['page']>[0]) =>
    (await recorded.catalogue.page(request)).map(({ begin: { book, number } }) => `${book}-${String(number)}`);

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'catalogue-'));
    archive = new Kept();
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

  it('tells the same after a restart, and after the transaction went to the archive', async () => {
    recorded.append(begun(1));
    recorded.append(decided(1, 'aborted'));
    const before = await recorded.catalogue.read({ book: 'main', number: 1 });
    await reopen();
    expect(await recorded.catalogue.read({ book: 'main', number: 1 })).toEqual(before);
    putAway({ book: 'main', number: 1 });
    expect(await recorded.catalogue.read({ book: 'main', number: 1 })).toEqual(before);
    expect(recorded.catalogue.begun({ book: 'main', number: 1 })).toBeUndefined();
  });

  it('keeps the records of what is in flight, for a journal that is cut', async () => {
    recorded.append(begun(1));
    recorded.append(decided(1, 'committed'));
    recorded.append(begun(2));
    putAway({ book: 'main', number: 1 });
    const kept = recorded.catalogue.records;
    expect(kept).toEqual([begun(2)]);
    await recorded.cut(
      (async function* () {
        yield await Promise.resolve({ kind: 'counter', counter: 2 } as const);
        yield* kept;
      })(),
    );
    recorded.append(decided(2, 'committed'));
    await reopen();
    expect(recorded.catalogue.records).toEqual([begun(2), decided(2, 'committed')]);
    expect(await numbers({ limit: 10 })).toEqual(['main-2', 'main-1']);
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

  it('pages through what is in flight and what is in the archive as through one', async () => {
    for (let number = 1; number <= 6; number += 1) recorded.append(begun(number));
    for (const number of [1, 2, 4]) recorded.append(decided(number, number === 2 ? 'aborted' : 'committed'));
    for (const number of [1, 2, 4]) putAway({ book: 'main', number });
    expect(await numbers({ limit: 10 })).toEqual(['main-6', 'main-5', 'main-4', 'main-3', 'main-2', 'main-1']);
    const before = { createdAt: 1004, book: 'main', number: 4 };
    expect(await numbers({ limit: 2, before })).toEqual(['main-3', 'main-2']);
    expect(await numbers({ limit: 10, state: 'committed' })).toEqual(['main-4', 'main-1']);
    archive.looked = 0;
    expect(await numbers({ limit: 2 })).toEqual(['main-6', 'main-5']);
    expect(archive.looked).toBeLessThan(2);
  });

  it('shows once what is both in flight and in the archive, as it is for a moment', async () => {
    recorded.append(begun(1));
    recorded.append(decided(1, 'committed'));
    archive.transactions.push(recorded.catalogue.decidedInFlight({ book: 'main', number: 1 }));
    expect(await numbers({ limit: 10 })).toEqual(['main-1']);
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
    putAway({ book: 'main', number: 1 });
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
