import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Recorded, noArchive } from '@parley/catalogue';
import type { DatedDecision, KeepReply, KeepRequest, Outcome } from '@parley/contracts';
import { Retention } from './retention.js';

const list = ['1', '2', '3'].map((n) => ({ name: `participant-${n}`, logId: n.repeat(32) }));
const [first, second, third] = list as [(typeof list)[0], (typeof list)[0], (typeof list)[0]];
const decision = (outcome: Outcome, votes: DatedDecision['votes']): DatedDecision => ({
  outcome,
  rule: outcome === 'committed' ? 'quorum-acknowledged' : 'vote-deadline',
  decidedBy: 'coordinator',
  ballot: { counter: 1, node: '' },
  quorum: 2,
  votes,
  states: {},
  acknowledgements: [],
  decidedAt: 2000,
});

describe('a decided transaction at the coordinator', () => {
  let folder: string;
  let recorded: Recorded;
  let retention: Retention;
  let asked: KeepRequest[];
  /** Who keeps what is handed over. */
  let keepers: typeof list;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'retention-'));
    recorded = await Recorded.open({
      folder,
      archive: noArchive,
      snapshotBytes: 64 * 1024,
      replay: () => undefined,
      onFailure: (error) => {
        throw error;
      },
    });
    asked = [];
    keepers = [];
    const gather = (_: unknown, request: unknown, options: { onReply: (reply: never) => void }): Promise<void> => {
      const { transactions } = request as KeepRequest;
      asked.push(request as KeepRequest);
      const kept = transactions.map(({ book, number }) => ({ book, number }));
      for (const from of keepers) options.onReply({ from, kept } satisfies KeepReply as never);
      return Promise.resolve();
    };
    retention = new Retention('coordinator', recorded.catalogue, { gather });
  });
  afterEach(async () => {
    await recorded.close();
    await rm(folder, { recursive: true });
  });

  const begin = (number: number): void => {
    const timeouts = { voteRequestMs: 10_000, voteMs: 5_000, acknowledgementMs: 5_000, decisionMs: 2_000 };
    const fixed = {
      protocol: 'e3pc',
      votes: 'automatic',
      proposer: 'operator',
      correlation: '',
      createdAt: 1,
    } as const;
    const digest = 'd'.repeat(43);
    recorded.append({
      kind: 'begun',
      list,
      epoch: 1,
      begin: { book: 'main', number, value: 'a string', digest, timeouts, ...fixed },
    });
  };
  const decide = (number: number, outcome: Outcome, votes: DatedDecision['votes']): void => {
    const digest = 'd'.repeat(43);
    const subject = { book: 'main', number, list, protocol: 'e3pc', digest } as const;
    recorded.append({ kind: 'decided', ...subject, decision: decision(outcome, votes) });
  };
  const kept = (): number[] => [...recorded.catalogue.flying].map(({ number }) => number);
  const allYes = { 'participant-1': 'yes', 'participant-2': 'yes', 'participant-3': 'yes' } as const;
  const recordedBy = (member: (typeof list)[0], lines: number): void =>
    retention.hear(member, [{ book: 'main', lines }]);

  it('is kept until a majority of its list has recorded it, and as long as it is undecided', () => {
    [1, 2, 3].forEach(begin);
    [1, 2].forEach((number) => decide(number, 'committed', allYes));
    recordedBy(first, 2);
    expect(kept()).toEqual([1, 2, 3]);
    recordedBy(second, 1);
    expect(kept()).toEqual([2, 3]);
    recordedBy(third, 9);
    expect(kept()).toEqual([3]);
  });

  it('is not held by a participant whose journal is another now', () => {
    begin(1);
    decide(1, 'committed', allYes);
    recordedBy({ ...first, logId: 'f'.repeat(32) }, 1);
    recordedBy(second, 1);
    expect(kept()).toEqual([1]);
  });

  it('of which nobody is seen to know more than the number is handed over to a majority first', async () => {
    begin(1);
    decide(1, 'aborted', {});
    recordedBy(first, 1);
    recordedBy(second, 1);
    await new Promise(setImmediate);
    expect(asked.map(({ transactions }) => transactions.map(({ begin: handed }) => handed?.value))).toEqual([
      ['a string'],
    ]);
    expect(kept()).toEqual([1]);
    keepers = [first, third];
    recordedBy(third, 1);
    await new Promise(setImmediate);
    expect(kept()).toEqual([]);
  });
});
