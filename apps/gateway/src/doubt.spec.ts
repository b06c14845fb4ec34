import { describe, expect, it } from '@jest/globals';
import type { Alive } from '@parley/contracts';
import { doubtOf } from './doubt.js';
import { Presence } from './presence.js';
import { knownTransaction, members } from './testing/known.js';

/** Begun at 1,000; the coordinator waits for votes and for acknowledgements until 11,000. */
const known = knownTransaction('main', 1, { createdAt: 1_000 });
const overTwoPhases = { ...known, begin: { ...known.begin, protocol: '2pc' as const } };

const alive = (index: number, logId = members[index]!.logId): Alive => ({
  service: 'participant',
  node: members[index]!.name,
  logId,
  nonce: logId,
  doubled: false,
  complete: true,
  ledgers: [],
});

describe('a transaction', () => {
  it('is not in doubt until the last deadline of the coordinator has passed', () => {
    expect(doubtOf(known, new Presence(), 11_000)).toBeNull();
    expect(doubtOf(known, new Presence(), 12_500)).toMatchObject({ ageMs: 1_500 });
  });

  it('in doubt names the listed participants that are not heard of', () => {
    const presence = new Presence();
    presence.heard(alive(1), 12_000);
    expect(doubtOf(known, presence, 12_500)?.missing).toEqual(['participant-1', 'participant-3']);
  });

  it('in doubt names a participant that has come back with another journal: it is another member', () => {
    const presence = new Presence();
    for (const index of [0, 1]) presence.heard(alive(index), 12_000);
    presence.heard(alive(2, 'f'.repeat(32)), 12_000);
    expect(doubtOf(known, presence, 12_500)?.missing).toEqual(['participant-3']);
  });

  it('in doubt names the coordinator only where nobody else can decide: with 2pc', () => {
    const presence = new Presence();
    for (const index of [0, 1, 2]) presence.heard(alive(index), 12_000);
    expect(doubtOf(known, presence, 12_500)?.missing).toEqual([]);
    expect(doubtOf(overTwoPhases, presence, 12_500)?.missing).toEqual(['coordinator']);
    presence.heard(
      {
        service: 'coordinator',
        node: 'coordinator',
        nonce: 'c'.repeat(32),
        decided: [],
        participants: [],
        leaving: [],
        able: [],
        needed: 0,
      },
      12_000,
    );
    expect(doubtOf(overTwoPhases, presence, 12_500)?.missing).toEqual([]);
  });
});
