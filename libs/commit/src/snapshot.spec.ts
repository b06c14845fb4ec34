// What a journal that is cut must still say: exactly what it said before, and no more than is open.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Place } from '@parley/contracts';
import { replayCoordinator, newCoordinator, type CoordinatorState } from './coordinator-state.js';
import { newParticipant, replayParticipant, type ParticipantState } from './participant.js';
import { placeKey } from './place.js';
import type { CommitRecord, CoordinatorRecord, ParticipantRecord } from './records.js';
import { coordinatorSnapshot, participantSnapshot, stillNeeded } from './snapshot.js';
import { Cluster } from './testing/cluster.js';
import { runSchedule } from './testing/schedule.js';

const RUNS = 150;
const self = { name: 'participant-1', logId: 'journal-1' };

const placeOf = (record: CommitRecord): Place | undefined => {
  if (record.kind === 'begun' || record.kind === 'voted-yes') return record.begin;
  return 'number' in record ? record : undefined;
};

/** The records of each transaction that are still needed. */
function keptOf(records: readonly CommitRecord[], isKept: (place: Place) => boolean): CommitRecord[] {
  const byPlace = new Map<string, CommitRecord[]>();
  const lasting = records.filter(({ kind }) => kind === 'registered' || kind === 'leaving' || kind === 'left');
  for (const record of records) {
    const place = placeOf(record);
    if (place && isKept(place)) byPlace.set(placeKey(place), stillNeeded(byPlace.get(placeKey(place)) ?? [], record));
  }
  return [...lasting, ...[...byPlace.values()].flat()];
}

const replayed = (records: readonly ParticipantRecord[]): ParticipantState =>
  replayParticipant(newParticipant(self, 'commit'), records, () => undefined);

const snapshotOf = (records: readonly ParticipantRecord[]): ParticipantRecord[] => {
  const state = replayed(records);
  const kept = keptOf(records, ({ book, number }) => state.books.get(book)?.open.has(number) ?? false);
  return participantSnapshot(state, kept, () => ({ bytes: 0, digest: '' }));
};

const withoutUntold = ({ untold: _, ...state }: CoordinatorState): object => state;

const anySchedule = fc.record({
  participants: fc.constant(3),
  transactions: fc.integer({ min: 1, max: 5 }),
  weather: fc.constantFrom('calm' as const, 'rough' as const),
  lossOfJournal: fc.constant(false),
  choices: fc.array(fc.nat(), { minLength: 40, maxLength: 260, size: 'max' }),
});

describe('the snapshot of a participant', () => {
  it('says what the records that it replaces have said, alone and with the records after it', () => {
    let open = 0;
    fc.assert(
      fc.property(anySchedule, fc.nat(), (schedule, choice) => {
        const cluster = runSchedule(schedule);
        for (const name of cluster.names) {
          const all = cluster.participant(name).journal.appended;
          const cut = choice % (all.length + 1);
          const snapshot = snapshotOf(all.slice(0, cut));
          open += snapshot.filter(({ kind }) => kind === 'voted-yes').length;
          expect(replayed(snapshot)).toEqual(replayed(all.slice(0, cut)));
          expect(replayed([...snapshot, ...all.slice(cut)])).toEqual(replayed(all));
          expect(snapshotOf(snapshot).length).toBeLessThanOrEqual(snapshot.length);
        }
      }),
      { seed: 20_261_121, numRuns: RUNS },
    );
    expect(open).toBeGreaterThan(RUNS / 4);
  });

  it('is as small after a hundred transactions as after one', () => {
    const cluster = new Cluster();
    const sizes = Array.from({ length: 100 }, () => {
      cluster.propose('a string');
      cluster.deliverAll();
      return snapshotOf(cluster.participant('participant-1').journal.appended).length;
    });
    expect(new Set(sizes)).toEqual(new Set([2]));
  });

  it('keeps of a transaction that many have tried to recover one promise, the last', () => {
    const cluster = new Cluster();
    cluster.propose('a string');
    cluster.deliver('vote-request');
    cluster.crash('coordinator', 'participant-3');
    cluster.isolate('participant-1');
    for (let attempt = 0; attempt < 10; attempt += 1) {
      cluster.passDeadline(attempt === 0 ? 'decision' : 'retry', 'participant-1');
      cluster.deliverAll();
      cluster.passDeadline('answers', 'participant-1');
    }
    const { appended } = cluster.participant('participant-1').journal;
    expect(appended.filter(({ kind }) => kind === 'elected').length).toBeGreaterThan(5);
    const snapshot = snapshotOf(appended);
    expect(snapshot.map(({ kind }) => kind)).toEqual(['voted-yes', 'elected', 'counter']);
    expect(replayed(snapshot)).toEqual(replayed(appended));
  });

  it('leaves out the records of a line that is due, because the ledger is forced first', () => {
    const cluster = new Cluster();
    cluster.propose('a string');
    cluster.deliverAll();
    const { appended } = cluster.participant('participant-1').journal;
    const snapshot = participantSnapshot(replayed(appended), appended, (book, lines) => ({
      bytes: lines * 9,
      digest: book,
    }));
    expect(snapshot).toEqual([
      { kind: 'written', book: 'main', lines: 1, bytes: 9, digest: 'main' },
      { kind: 'counter', counter: 1 },
    ]);
  });
});

describe('the snapshot of the coordinator', () => {
  it('says what the records that it replaces have said, with the numbers of all books', () => {
    fc.assert(
      fc.property(anySchedule, fc.nat(), (schedule, choice) => {
        const all = runSchedule(schedule).coordinator.journal.appended;
        const replay = (records: readonly CoordinatorRecord[]): CoordinatorState =>
          replayCoordinator(newCoordinator('coordinator', 1), records);
        const cut = choice % (all.length + 1);
        const state = replay(all.slice(0, cut));
        const kept = keptOf(all.slice(0, cut), (place) => state.open.has(placeKey(place)));
        const snapshot = coordinatorSnapshot(state, kept, 0);
        expect(withoutUntold(replay(snapshot))).toEqual(withoutUntold(state));
        expect(withoutUntold(replay([...snapshot, ...all.slice(cut)]))).toEqual(withoutUntold(replay(all)));
      }),
      { seed: 20_261_121, numRuns: RUNS },
    );
  });

  it('tells after a restart the decisions again that it keeps', () => {
    const cluster = new Cluster();
    cluster.propose('a string');
    cluster.deliverAll();
    const { appended } = cluster.coordinator.journal;
    const state = replayCoordinator(newCoordinator('coordinator', 1), appended);
    const replay = (kept: readonly CommitRecord[]): CoordinatorState =>
      replayCoordinator(newCoordinator('coordinator', 1), coordinatorSnapshot(state, kept, 0));
    expect(replay(appended).untold).toHaveLength(1);
    expect(replay([])).toMatchObject({ untold: [], numbers: new Map([['main', 1]]) });
  });
});
