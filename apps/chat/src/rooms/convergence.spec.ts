// Whatever two replicas do at once, and wherever each has its state from: old state and the events after it are the state that
// the whole record gives. Pure; the record is a list with the store's one rule.
import { describe, expect, it } from '@jest/globals';
import type { RoomEvent } from '@parley/contracts';
import fc from 'fast-check';
import { change, join, leave, say, type Actor, type RoomEventContent, type Verdict } from './commands.js';
import { Recollection } from './recollection.js';
import { Room } from './room.js';

const seed = 1983;
const agreement = { votes: 'manual', protocol: 'e3pc' } as const;

/** The record of one room: appended to only by whoever knows what stands last. */
class Store {
  readonly stored: { event: RoomEvent; sequence: number }[] = [];

  append(content: RoomEventContent, at: number, known: Room['last']): boolean {
    if (known.sequence !== (this.stored.at(-1)?.sequence ?? 0)) return false;
    const place = { room: 'release', epoch: 7, offset: known.offset + 1, at, lamport: 0, vector: {} };
    // Events of other rooms stand between.
    this.stored.push({ event: { ...content, ...place }, sequence: known.sequence + 1 + (known.offset % 3) });
    return true;
  }
}

const kept = (room: Room) => JSON.parse(JSON.stringify([room.outline(), room.remembered?.kept()])) as unknown;

/** As it comes back from the store, through JSON. */
function restored(room: Room): Room {
  const [outline, past] = kept(room) as [ReturnType<Room['outline']>, ReturnType<Recollection['kept']> | undefined];
  const copy = Room.from(outline);
  if (past) copy.remember(Recollection.from(past));
  return copy;
}

function folded(stored: Store['stored'], from?: Room): Room {
  const [first, ...rest] = stored;
  if (first?.event.type !== 'created') throw new Error('a record begins with the making of its room');
  const room = from ?? Room.made(first.event, first.sequence);
  for (const { event, sequence } of rest) if (sequence > room.last.sequence) room.apply(event, sequence);
  return room;
}

class Replica {
  constructor(
    private readonly store: Store,
    public room: Room,
  ) {}

  /** Applies the next events that it has not seen. */
  reads(count: number): void {
    const next = this.store.stored.filter(({ sequence }) => sequence > this.room.last.sequence);
    for (const { event, sequence } of next.slice(0, count)) this.room.apply(event, sequence);
  }

  /** Decides on the state that it has. Whoever is overtaken reads, and decides anew. */
  tries(decide: (room: Room, at: number) => Verdict, now: number): void {
    for (;;) {
      if (this.room.remembered === undefined) this.recalls();
      const at = Math.max(now, this.room.last.at);
      const verdict = decide(this.room, at);
      if (verdict.kind !== 'happens') return;
      if (this.store.append(verdict.event, at, this.room.last)) return this.reads(1);
      this.reads(Infinity);
    }
  }

  private recalls(): void {
    const past = new Recollection();
    for (const { event, sequence } of this.store.stored)
      if (event.offset <= this.room.last.offset) past.apply(event, sequence);
    this.room.remember(past);
  }
}

const actors: Actor[] = ['Jo', 'jO', 'Al', 'Bo'].flatMap((name) => [
  { name, kind: 'account', session: name },
  { name, kind: 'guest', session: `first ${name}` },
  { name, kind: 'guest', session: `second ${name}` },
]);
const id = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

const replica = fc.nat({ max: 1 });
const actor = fc.constantFrom(...actors);
const line = fc.integer({ min: 1, max: 5 });
const participant = fc.constantFrom('participant-1', 'participant-2');
const moves = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('join' as const), replica, actor }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('leave' as const), replica, actor }) },
  { weight: 9, arbitrary: fc.record({ kind: fc.constant('say' as const), replica, actor, n: fc.nat({ max: 30 }) }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('agree' as const), replica, line, participant, step: fc.nat({ max: 2 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('change' as const),
      replica,
      capacity: fc.integer({ min: 1, max: 4 }),
      guests: fc.boolean(),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('read' as const), replica, count: fc.nat({ max: 4 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const), replica }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('forget' as const), replica }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(1, 60_000, 86_400_000) }),
  },
);
type Move = typeof moves extends fc.Arbitrary<infer One> ? One : never;

/** What a proposal comes to in the room: told, voted on and decided, each once. */
function agree(
  { proposals }: Room,
  { line: number, participant: by, step }: Extract<Move, { kind: 'agree' }>,
): Verdict {
  const placed = { transaction: `room_release.${String(number)}`, book: 'room_release', line: number };
  if (step === 0 && !proposals.isTold(number)) {
    const asked = ['participant-1', 'participant-2'].map((name) => ({ participant: name, holder: null }));
    const proposed = { ...placed, by: 'Jo', text: 'x', ...agreement, asked, deadline: 9_000 };
    return { kind: 'happens', event: { type: 'proposed', ...proposed } };
  }
  if (step === 1 && proposals.awaits(number, by))
    return { kind: 'happens', event: { type: 'voted', ...placed, participant: by, by: 'Jo' } };
  if (step === 2 && proposals.isTold(number) && !proposals.isDecided(number)) {
    const decided = { outcome: 'committed', rule: 'all-acknowledged', decidedBy: 'coordinator', votes: {} } as const;
    return { kind: 'happens', event: { type: 'decided', ...placed, ...decided } };
  }
  return { kind: 'done' };
}

/** Plays the moves on two replicas. */
function played(all: readonly Move[], capacity: number): { store: Store; replicas: Replica[]; snapshots: Room[] } {
  const store = new Store();
  const rules = { capacity, admits: null, guests: true, agreement };
  store.append({ type: 'created', by: 'Jo', rules }, 1_000, { offset: 0, at: 0, sequence: 0 });
  const replicas = [0, 1].map(() => new Replica(store, folded(store.stored)));
  const snapshots: Room[] = [];
  let now = 1_000;
  for (const move of all) {
    if (move.kind === 'wait') {
      now += move.ms;
      continue;
    }
    const one = replicas[move.replica]!;
    switch (move.kind) {
      case 'join':
        one.tries((room) => join(room, move.actor), now);
        break;
      case 'leave':
        one.tries((room) => leave(room, move.actor), now);
        break;
      case 'say':
        one.tries((room, at) => say(room, move.actor, { id: id(move.n), text: 'x' }, at), now);
        break;
      case 'change':
        one.tries((room) => change(room, null, { capacity: move.capacity, guests: move.guests }), now);
        break;
      case 'agree':
        one.tries((room) => agree(room, move), now);
        break;
      case 'read':
        one.reads(move.count);
        break;
      case 'restart':
        snapshots.push(restored(one.room));
        one.room = restored(one.room);
        break;
      case 'forget':
        one.room.forget();
        break;
    }
  }
  return { store, replicas, snapshots };
}

const schedules = fc.record({
  all: fc.array(moves, { maxLength: 120, size: 'max' }),
  capacity: fc.integer({ min: 1, max: 4 }),
});

describe('whatever two replicas do at once', () => {
  it('the state of each, from wherever it has it, is that of the whole record', () => {
    const happened = new Map<RoomEvent['type'], number>();
    fc.assert(
      fc.property(schedules, ({ all, capacity }) => {
        const { store, replicas, snapshots } = played(all, capacity);
        const fresh = kept(folded(store.stored));
        for (const { room } of replicas) {
          const end = folded(store.stored, room);
          expect(kept(end)).toEqual(end.remembered ? fresh : [(fresh as unknown[])[0], null]);
        }
        for (const snapshot of snapshots)
          expect((kept(folded(store.stored, snapshot)) as unknown[])[0]).toEqual((fresh as unknown[])[0]);
        for (const { event } of store.stored) happened.set(event.type, (happened.get(event.type) ?? 0) + 1);
      }),
      { seed, numRuns: 200 },
    );
    // For every kind of event there is.
    const talk = { created: true, changed: true, joined: true, left: true, said: true } as const;
    const kinds: Record<RoomEvent['type'], true> = { ...talk, proposed: true, voted: true, decided: true };
    expect(new Set(happened.keys())).toEqual(new Set(Object.keys(kinds)));
  });

  it('nobody comes into a room that has as many members as it takes, times go forward, and no sender’s UUID is there twice within a day', () => {
    fc.assert(
      fc.property(schedules, ({ all, capacity }) => {
        const { store } = played(all, capacity);
        const [first, ...rest] = store.stored;
        const room = folded([first!]);
        const said = new Map<string, number>();
        for (const { event, sequence } of rest) {
          expect(event.at).toBeGreaterThanOrEqual(room.last.at);
          const before = room.members.size;
          room.apply(event, sequence);
          expect(room.members.size).toBeLessThanOrEqual(Math.max(before, room.rules.capacity));
          if (event.type !== 'said') continue;
          const key = `${event.from.name.toLowerCase()} ${event.id}`;
          expect(event.at - (said.get(key) ?? -Infinity)).toBeGreaterThanOrEqual(86_400_000);
          said.set(key, event.at);
        }
      }),
      { seed, numRuns: 100 },
    );
  });
});

describe('what is remembered of a room', () => {
  const said = (offset: number, name: string, n: number, at: number): RoomEvent => ({
    ...{ room: 'busy', epoch: 7, offset, at, lamport: 0, vector: {} },
    ...{ type: 'said', id: id(n), from: { name, kind: 'account' }, text: 'x', gapMs: null },
  });

  /** A thousand people say so much that a message of the broker is nearly full. */
  const most = (): Recollection => {
    const past = new Recollection();
    const name = (sender: number): string => `${'漢'.repeat(60)}${String(sender).padStart(4, '0')}`;
    for (let n = 1; n <= 40_000; n += 1) past.apply(said(n, name(n % 1_300), n, 1_000 + n), 2 ** 40 + n * 7);
    return past;
  };

  it('is bounded, fits into one message of the broker, and comes back as it was', () => {
    const past = most();
    expect(past.weight).toBeLessThan(20_000);
    const text = JSON.stringify({ ...past.kept(), stream: '2026-11-21T00:00:00.000000000Z', epoch: 7 });
    expect(Buffer.byteLength(text)).toBeLessThan(1_000_000);
    const copy = Recollection.from(past.kept());
    expect(copy.kept()).toEqual(past.kept());
    expect(copy.weight).toBe(past.weight);
  });

  it('goes first of those who say most: nobody loses by what others say', () => {
    const past = new Recollection();
    for (let n = 1; n <= 30; n += 1) past.apply(said(n, 'Quiet', n, 1_000), n);
    for (let n = 31; n <= 40_000; n += 1) past.apply(said(n, `Loud-${String(n % 40)}`, n, 1_000), n);
    expect(Array.from({ length: 30 }, (_, n) => past.saidAt('quiet', id(n + 1)))).toEqual(
      Array.from({ length: 30 }, (_, n) => n + 1),
    );
    expect(past.saidAt('Loud-31', id(31))).toBeUndefined();
    expect(past.saidAt('Loud-39', id(39_999))).toBe(39_999);
  });

  it('has a way to any event, in steps that grow with the record', () => {
    const past = most();
    for (const offset of [1, 2, 500, 9_999, 39_999, 40_000]) {
      const { sequence, skip } = past.placeOf(offset);
      expect(sequence + 7 * skip).toBe(2 ** 40 + 7 * offset);
      expect(skip).toBeLessThan(128);
    }
    for (let n = 40_001; n <= 70_000; n += 1) past.apply(said(n, 'Jo', n, 1_000), 2 ** 40 + n * 7);
    const { sequence, skip } = past.placeOf(69_999);
    expect([sequence + 7 * skip, skip < 128]).toEqual([2 ** 40 + 7 * 69_999, true]);
    expect(past.kept().marks.length).toBeLessThan(1_024);
  });
});
