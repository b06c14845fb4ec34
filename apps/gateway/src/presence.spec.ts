import { describe, expect, it } from '@jest/globals';
import type { Alive } from '@parley/contracts';
import { LIVE_MS, Presence } from './presence.js';

const one = { name: 'participant-1', logId: '1'.repeat(32) };
const two = { name: 'participant-2', logId: '2'.repeat(32) };
const list = [one, two];
const coordinator: Alive = {
  service: 'coordinator',
  node: 'coordinator',
  nonce: 'c'.repeat(32),
  decided: [],
  participants: [one.name, two.name],
  leaving: [],
  able: [two.name],
  needed: 2,
};

const alive = ({ name: node, logId }: typeof one, lines: number, complete = true): Alive => ({
  service: 'participant',
  node,
  logId,
  nonce: logId,
  doubled: false,
  complete,
  ledgers: [{ book: 'main', lines, highest: lines }],
});
const recorded = (from: typeof one, first: number, count: number) => ({
  from,
  book: 'main',
  first,
  lines: Array.from({ length: count }, () => ({ outcome: 'committed' as const, decidedAt: 1 })),
});

describe('presence', () => {
  it('knows a line as written when the ledger is that long', () => {
    const presence = new Presence();
    presence.heard(alive(one, 4), 0);
    presence.recorded(recorded(two, 3, 2), 0);
    expect(presence.applied(list, { book: 'main', number: 4 })).toBe(2);
    expect(presence.applied(list, { book: 'main', number: 5 })).toBe(0);
    expect(presence.applied(list, { book: 'other', number: 1 })).toBe(0);
  });

  it('tells growth, and only growth', () => {
    const presence = new Presence();
    expect(presence.heard(alive(one, 4), 0)).toMatchObject([{ book: 'main', lines: 4 }]);
    expect(presence.recorded(recorded(one, 5, 2), 1)).toEqual([{ book: 'main', lines: 6 }]);
    // An announcement that was made before the news and came after it.
    expect(presence.heard(alive(one, 4), 2)).toEqual([]);
    expect(presence.lines(one, 'main')).toBe(6);
  });

  it('takes a participant with a new journal for another member', () => {
    const presence = new Presence();
    presence.heard(alive(one, 4), 0);
    const renewed = { name: one.name, logId: 'f'.repeat(32) };
    presence.heard(alive(renewed, 1), 1);
    expect(presence.lines(one, 'main')).toBe(0);
    expect(presence.isLive(one, 1)).toBe(false);
    expect(presence.lines(renewed, 'main')).toBe(1);
  });

  it('knows who has left: who was leaving, and is registered no more', () => {
    const presence = new Presence();
    expect(presence.departed({ ...coordinator, leaving: [two.name] })).toEqual([]);
    presence.heard({ ...coordinator, leaving: [two.name] }, 0);
    expect(presence.departed({ ...coordinator, leaving: [two.name] })).toEqual([]);
    expect(presence.departed(alive(two, 4))).toEqual([]);
    expect(presence.departed({ ...coordinator, participants: [one.name] })).toEqual([two.name]);
    // What announces fewer without having told anybody to leave, such as an old copy of the coordinator, lets nobody else go.
    expect(presence.departed({ ...coordinator, participants: [] })).toEqual([two.name]);
  });

  it('takes a node for live until it was silent for three seconds', () => {
    const presence = new Presence();
    presence.heard(alive(one, 0), 1_000);
    expect(presence.isLive(one, 1_000 + LIVE_MS - 1)).toBe(true);
    expect(presence.isLive(one, 1_000 + LIVE_MS)).toBe(false);
    presence.recorded(recorded(one, 1, 1), 10_000);
    expect(presence.isLive(one, 10_001)).toBe(true);
  });

  it('takes a line for applied by the live when all live members have it, and at least one has', () => {
    const presence = new Presence();
    const place = { book: 'main', number: 1 };
    expect(presence.isAppliedByLive(list, place, 0)).toBe(false);
    presence.heard(alive(one, 1), 0);
    expect(presence.isAppliedByLive(list, place, 0)).toBe(true);
    presence.heard(alive(two, 0), 0);
    expect(presence.isAppliedByLive(list, place, 0)).toBe(false);
    expect(presence.isAppliedByLive(list, place, LIVE_MS)).toBe(true);
    presence.recorded(recorded(two, 1, 1), 0);
    expect(presence.isAppliedByLive(list, place, 0)).toBe(true);
  });

  it('lists the registered participants and those that were seen, in the order of their numbers', () => {
    const presence = new Presence();
    const ten = { name: 'participant-10', logId: 'a'.repeat(32) };
    presence.heard(coordinator, 0);
    presence.heard(alive(ten, 1), 0);
    presence.heard(alive(two, 7, false), 500);
    expect(presence.participants(600)).toEqual([
      {
        id: one.name,
        registered: true,
        leaving: false,
        able: false,
        live: false,
        complete: false,
        seenAt: null,
        logId: null,
        ledgers: [],
      },
      {
        id: two.name,
        registered: true,
        leaving: false,
        able: true,
        live: true,
        complete: false,
        seenAt: '1970-01-01T00:00:00.500Z',
        logId: two.logId,
        ledgers: [{ book: 'main', lines: 7 }],
      },
      expect.objectContaining({ id: ten.name, registered: false, live: true }),
    ]);
    expect(presence.size).toBe(3);
    expect(presence.isKnown(one.name)).toBe(true);
    expect(presence.isKnown('participant-3')).toBe(false);
    expect(presence.liveNames(600)).toEqual([ten.name, two.name]);
  });

  it('misses nobody while as many are there as a transaction needs, and does not count who is leaving', () => {
    const presence = new Presence();
    presence.heard({ ...coordinator, needed: 1 }, 0);
    presence.heard(alive(one, 0), 0);
    expect(presence.missing(0)).toEqual([]);
    presence.heard({ ...coordinator, needed: 1, leaving: [one.name] }, 0);
    expect(presence.missing(0)).toEqual([two.name]);
    expect(presence.participants(0)).toMatchObject([{ leaving: true }, { leaving: false }]);
  });

  it('says so when fewer were ever heard of than a transaction needs', () => {
    const presence = new Presence();
    presence.heard({ ...coordinator, participants: [one.name] }, 0);
    presence.heard(alive(one, 0), 0);
    expect(presence.missing(0)).toEqual(['participants']);
  });

  it('takes one under whose name two live for one that cannot vote', () => {
    const presence = new Presence();
    presence.heard(coordinator, 0);
    presence.heard(alive(one, 0), 0);
    presence.heard({ ...alive(two, 0), doubled: true } as Alive, 0);
    expect(presence.missing(0)).toEqual([two.name]);
  });

  it('says what is missing for transactions to be decided', () => {
    const presence = new Presence();
    expect(presence.missing(0)).toEqual(['coordinator']);
    presence.heard(coordinator, 0);
    expect(presence.missing(0)).toEqual([one.name, two.name]);
    presence.heard(alive(one, 0), 0);
    presence.heard(alive(two, 0, false), 0);
    expect(presence.missing(0)).toEqual([two.name]);
    presence.heard(alive(two, 0), 0);
    expect(presence.missing(0)).toEqual([]);
    expect(presence.missing(LIVE_MS)).toEqual(['coordinator', one.name, two.name]);
  });
});
