// What may happen in a room, and what follows from what has happened. Pure.
import { describe, expect, it } from '@jest/globals';
import type { RoomChange, RoomEvent, RoomRules } from '@parley/contracts';
import {
  change,
  join,
  leave,
  refuseReading,
  say,
  type Actor,
  type RoomEventContent,
  type Verdict,
} from './commands.js';
import { Room } from './room.js';

const account = (name: string): Actor => ({ name, kind: 'account', session: `account of ${name}` });
const guest = (name: string, session = `guest ${name}`): Actor => ({ name, kind: 'guest', session });
const id = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

const agreement = { votes: 'manual', protocol: 'e3pc' } as const;

/** A room whose events happen at times that are said; what is refused does not happen. */
class Story {
  readonly events: RoomEvent[] = [];
  private made: Room | undefined;

  constructor(rules: Partial<RoomRules> = {}) {
    this.happens(
      { type: 'created', by: 'Jo', rules: { capacity: 10, admits: null, guests: true, agreement, ...rules } },
      1_000,
    );
  }

  get room(): Room {
    return this.made!;
  }

  tries(decide: (room: Room, at: number) => Verdict, at = this.room.last.at + 1): Verdict {
    const verdict = decide(this.room, at);
    if (verdict.kind === 'happens') this.happens(verdict.event, at);
    return verdict;
  }
  joins = (actor: Actor): Verdict => this.tries((room) => join(room, actor));
  leaves = (actor: Actor): Verdict => this.tries((room) => leave(room, actor));
  says = (actor: Actor, n: number, at?: number): Verdict =>
    this.tries((room, now) => say(room, actor, { id: id(n), text: `message ${String(n)}` }, now), at);

  get members(): string[] {
    return [...this.room.members.values()].map(({ name }) => name);
  }

  private happens(content: RoomEventContent, at: number): void {
    const place = { room: 'release', epoch: 7, offset: this.events.length + 1, at, lamport: 0, vector: {} };
    const event: RoomEvent = { ...content, ...place };
    const sequence = 10 * (this.events.length + 1);
    if (event.type === 'created') this.made = Room.made(event, sequence);
    else this.made?.apply(event, sequence);
    this.events.push(event);
  }
}

const refused = (code: string, detail: RegExp) => ({ kind: 'refused', code, detail: expect.stringMatching(detail) });

describe('a room', () => {
  it('takes in whoever comes, once, and lets them leave, once', () => {
    const story = new Story();
    expect(story.joins(account('Jo')).kind).toBe('happens');
    expect(story.joins(account('JO')).kind).toBe('done');
    expect(story.joins(guest('Al')).kind).toBe('happens');
    expect(story.members).toEqual(['Jo', 'Al']);
    expect(story.leaves(account('Jo')).kind).toBe('happens');
    expect(story.leaves(account('Jo')).kind).toBe('done');
    expect(story.members).toEqual(['Al']);
  });

  it('takes no more than its capacity, and says what that is; who leaves makes room', () => {
    const story = new Story({ capacity: 2 });
    story.joins(account('Jo'));
    story.joins(account('Al'));
    expect(story.joins(account('Bo'))).toEqual(refused('room-full', /takes 2 members/));
    story.leaves(account('Al'));
    expect(story.joins(account('Bo')).kind).toBe('happens');
  });

  it('admits the names it has a list of, in any case, and no guests where it takes none', () => {
    const listed = new Story({ admits: ['Jo', 'Al'] });
    expect(listed.joins(account('jo')).kind).toBe('happens');
    expect(listed.joins(account('Bo'))).toEqual(refused('not-admitted', /does not let in Bo/));
    expect(new Story({ guests: false }).joins(guest('Al'))).toEqual(refused('not-admitted', /who has an account/));
  });

  it('is changed by who made it and by the operator, and by nobody else', () => {
    const story = new Story();
    const changes = (actor: Actor | null, asked: RoomChange): Verdict =>
      story.tries((room) => change(room, actor, asked));
    for (const stranger of [account('Al'), guest('Jo')])
      expect(changes(stranger, { capacity: 1 })).toEqual(refused('maker-required', /made by Jo/));
    expect(changes(account('jo'), { guests: false })).toMatchObject({
      kind: 'happens',
      event: { type: 'changed', by: 'jo', rules: { capacity: 10, admits: null, guests: false } },
    });
    expect(changes(null, { admits: ['Al'], capacity: 3 })).toMatchObject({ event: { by: 'operator' } });
    expect(story.room.rules).toMatchObject({ capacity: 3, admits: ['Al'], guests: false });
    expect(story.joins(account('Bo'))).toEqual(refused('not-admitted', /does not let in Bo/));
  });

  it('is not changed on rules that somebody has changed meanwhile; who repeats what was done does nothing', () => {
    const story = new Story();
    const changes = (asked: RoomChange): Verdict => story.tries((room) => change(room, account('Jo'), asked));
    story.joins(account('Jo'));
    expect([story.room.rulesAt, changes({ capacity: 5, rulesAt: 1 }).kind]).toEqual([1, 'happens']);
    expect([story.room.rulesAt, changes({ capacity: 5, rulesAt: 1 }).kind]).toEqual([3, 'done']);
    expect(changes({ capacity: 6, rulesAt: 1 })).toEqual(refused('rules-changed', /those of 3, not of 1/));
    expect(changes({ capacity: 6, rulesAt: 3 }).kind).toBe('happens');
  });

  it('keeps who is in it when it takes fewer, and takes nobody else', () => {
    const story = new Story();
    for (const name of ['Jo', 'Al']) story.joins(account(name));
    story.joins(guest('Visitor'));
    story.tries((room) => change(room, null, { capacity: 1, guests: false, admits: ['Jo'] }));
    expect(story.members).toEqual(['Jo', 'Al', 'Visitor']);
    expect(story.says(guest('Visitor'), 1).kind).toBe('happens');
    for (const name of ['Al', 'Visitor']) story.leaves(name === 'Al' ? account(name) : guest(name));
    story.leaves(account('Jo'));
    expect(story.joins(account('Jo')).kind).toBe('happens');
    expect(story.joins(account('Jo')).kind).toBe('done');
    expect(story.joins(account('Bo')).kind).toBe('refused');
  });

  it('does not take a guest for the one before who had the name', () => {
    const story = new Story({ capacity: 1 });
    story.joins(guest('Al', 'first'));
    expect(story.says(guest('Al', 'second'), 1)).toEqual(refused('membership-required', /Al is not in/));
    expect(refuseReading(story.room, guest('Al', 'second'))).toEqual(refused('membership-required', /Al/));
    expect(story.leaves(guest('Al', 'second')).kind).toBe('done');
    expect(story.joins(guest('Al', 'second')).kind).toBe('happens');
    expect(story.leaves(guest('Al', 'first')).kind).toBe('done');
    expect(story.members).toEqual(['Al']);
  });

  it('hears nobody who is not in it', () => {
    const story = new Story();
    expect(story.says(account('Jo'), 1)).toEqual(refused('membership-required', /Jo is not in release/));
    story.joins(account('Jo'));
    expect(story.says(account('Jo'), 1).kind).toBe('happens');
    story.leaves(account('Jo'));
    expect(story.says(account('Jo'), 2).kind).toBe('refused');
  });

  it('knows for each message how long its sender had been silent', () => {
    const story = new Story();
    for (const name of ['Jo', 'Al']) story.joins(account(name));
    story.says(account('Jo'), 1, 5_000);
    story.says(account('Al'), 2, 6_000);
    story.says(account('Jo'), 3, 17_000);
    story.says(account('Jo'), 4, 17_000);
    expect(story.events.flatMap((event) => (event.type === 'said' ? [event.gapMs] : []))).toEqual([
      null,
      null,
      12_000,
      0,
    ]);
  });

  it('hears a message once, whatever its sender repeats, also after leaving; and that of another sender anew', () => {
    const story = new Story();
    for (const name of ['Jo', 'Al']) story.joins(account(name));
    story.says(account('Jo'), 1);
    const { sequence } = story.room.last;
    expect(story.says(account('Jo'), 1)).toEqual({ kind: 'done', sequence });
    expect(story.says(account('Al'), 1).kind).toBe('happens');
    story.leaves(account('Jo'));
    expect(story.says(account('Jo'), 1)).toEqual({ kind: 'done', sequence });
  });

  it('remembers what was said for a day, and of each sender a thousand', () => {
    const story = new Story();
    for (const name of ['Jo', 'Al']) story.joins(account(name));
    story.says(account('Al'), 1, 10_000);
    for (let n = 0; n < 1_001; n += 1) story.says(account('Jo'), n);
    expect([story.room.saidAt('Jo', id(0)), story.room.saidAt('Jo', id(1)), story.room.saidAt('Al', id(1))]).toEqual([
      undefined,
      expect.any(Number),
      expect.any(Number),
    ]);
    story.says(account('Jo'), 5_000, story.room.last.at + 24 * 3_600_000);
    expect(story.room.saidAt('Jo', id(1_000))).toBeUndefined();
  });

  it('finds any of its events in the stream', () => {
    const story = new Story();
    story.joins(account('Jo'));
    for (let n = 0; n < 200; n += 1) story.says(account('Jo'), n);
    for (const offset of [1, 2, 64, 65, 66, 128, 129, 202]) {
      const { sequence, skip } = story.room.mark(offset);
      expect(sequence + 10 * skip).toBe(10 * offset);
    }
  });

  it('refuses a record with a hole, and one that begins twice', () => {
    const story = new Story();
    const next = { ...story.events[0]!, offset: 3 };
    expect(() => story.room.apply(next, 99)).toThrow('release: event 3 follows 1');
    expect(() => story.room.apply({ ...next, offset: 2 }, 99)).toThrow('release was made twice');
  });
});
