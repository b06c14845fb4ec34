import { describe, expect, it } from '@jest/globals';
import type { CommitRecord } from '@parley/commit';
import type { EventContent, Member } from '@parley/contracts';
import type { Outgoing } from './shell.js';
import { Watch } from './watch.js';

const place = { book: 'main', number: 7 };
const list: Member[] = [{ name: 'participant-1', logId: '1'.repeat(32) }];
const terms = { list, protocol: 'e3pc' as const };
const ballot = { counter: 2, node: 'participant-1' };

function watched(now = () => 0): { watch: Watch; told: EventContent[] } {
  const told: EventContent[] = [];
  return { watch: new Watch({ tell: (content) => told.push(content) }, now), told };
}

describe('a watched shell', () => {
  it('is told to have aborted on its own once that is forced, not before', () => {
    const { watch, told } = watched();
    const abort = (number: number): CommitRecord => ({
      kind: 'aborted-alone',
      ...place,
      number,
      ...terms,
      digest: null,
      reason: 'no-vote-request',
      ballot,
      begin: null,
    });
    watch.appended(abort(7), 100);
    watch.appended({ kind: 'elected', ...place, ballot }, 150);
    watch.appended(abort(8), 200);
    watch.forced(99);
    expect(told).toEqual([]);
    watch.forced(150);
    const reason = 'no-vote-request';
    expect(told).toEqual([{ type: 'transaction.aborted-alone', transactions: [{ id: 'main-7', reason }] }]);
    watch.forced(200);
    expect(told.at(-1)).toEqual({ type: 'transaction.aborted-alone', transactions: [{ id: 'main-8', reason }] });
    expect(told).toHaveLength(2);
  });

  it('is told what it reports once a minute for each reason, however often it has to', () => {
    let now = 0;
    const { watch, told } = watched(() => now);
    for (let number = 1; number <= 10_000; number += 1) {
      watch.performing({ type: 'report', place: { book: 'main', number }, what: 'one reason' });
      watch.performing({ type: 'tell-divergence', place: { book: 'main', number } });
    }
    watch.performing({ type: 'report', place: null, what: 'another reason' });
    const first = [
      { type: 'report.made', what: 'one reason', transactions: [{ id: 'main-1' }] },
      expect.objectContaining({ what: 'another participant has something else on record: compare the ledgers' }),
      { type: 'report.made', what: 'another reason', transactions: [] },
    ];
    expect(told).toEqual(first);
    now = 60_000;
    watch.performing({ type: 'report', place, what: 'one reason' });
    expect(told).toEqual([...first, { type: 'report.made', what: 'one reason', transactions: [{ id: 'main-7' }] }]);
  });

  it('is told of a batch as of one event about many transactions, with what differs', () => {
    const { watch, told } = watched();
    const answers = [
      { book: 'main', number: 7, answer: 'yes' },
      { book: 'main', number: 8, answer: 'no' },
    ] as const;
    watch.performing({ type: 'reply', to: 1, ballot: { counter: 1, node: '' }, answers });
    expect(told).toEqual([
      {
        type: 'vote.given',
        transactions: [
          { id: 'main-7', answer: 'yes' },
          { id: 'main-8', answer: 'no' },
        ],
      },
    ]);
  });

  it('tells of the end of a recovery’s ballot, and nothing of the end of ballot 1', () => {
    const { watch, told } = watched();
    watch.took({ type: 'ask-ended', ballot: { counter: 1, node: '' }, proposal: 'pre-commit', places: [place] });
    expect(told).toEqual([]);
    watch.took({ type: 'ask-ended', ballot, places: [place] });
    expect(told).toEqual([{ type: 'ballot.ended', ballot, transactions: [{ id: 'main-7' }] }]);
  });

  it('tells people until when they are asked', () => {
    const { watch, told } = watched();
    const asked = (kind: 'vote' | 'acknowledgement'): Outgoing => ({
      type: 'ask-person',
      kind,
      place,
      begin: null,
      deadline: 9_000,
    });
    watch.performing(asked('vote'));
    watch.performing(asked('acknowledgement'));
    const transactions = [{ id: 'main-7', deadline: 9_000 }];
    expect(told).toEqual([
      { type: 'vote.requested', transactions },
      { type: 'ack.requested', transactions },
    ]);
  });

  it('tells of lines when they are written, not when they are due', () => {
    const { watch, told } = watched();
    const lines = {
      type: 'write-lines',
      book: 'main',
      first: 7,
      lines: [
        { outcome: 'committed', decidedAt: 1 },
        { outcome: 'aborted', decidedAt: 2 },
      ],
    } as const;
    watch.performing(lines);
    expect(told).toEqual([]);
    watch.wrote(lines);
    expect(told).toEqual([
      {
        type: 'transaction.recorded',
        transactions: [
          { id: 'main-7', outcome: 'committed' },
          { id: 'main-8', outcome: 'aborted' },
        ],
      },
    ]);
  });
});
