// Rooms on two chat replicas and the real store: whichever is asked, there is one order.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { buckets, roomStream, type RoomUser, type ShownRoomEvent } from '@parley/contracts';
import { KeyValue, Stream } from '@parley/messaging';
import { z } from 'zod';
import type { Departures } from './departures.js';
import { account, guest, newKey, refusal, Stage, type Client } from '../testing/stage.js';

// A broker starts slowly on a busy machine.
jest.setTimeout(30_000);

const jo = account('Jo');
const al = account('Al');

const summary = (event: ShownRoomEvent): string => {
  switch (event.type) {
    case 'created':
      return `created by ${event.by}`;
    case 'changed':
      return `changed by ${event.by}`;
    case 'joined':
    case 'left':
      return `${event.who.name} ${event.type}`;
    case 'proposed':
    case 'voted':
    case 'decided':
      return `${event.transaction} ${event.type}`;
    case 'said':
      return `${event.from.name}: ${event.text}`;
  }
};

describe('rooms', () => {
  let stage: Stage;
  let client: Client;
  let departures: Departures;
  let now = Date.now();

  beforeAll(async () => {
    stage = await Stage.set();
    departures = await stage.replica('chat-1', { now: () => now });
    await stage.replica('chat-2', { now: () => now });
    client = await stage.client();
  });
  afterAll(() => stage.clear());

  it('are made once, by somebody with an account', async () => {
    const made = await client.create(jo, 'made', { capacity: 3, admits: ['Jo', 'Al'], guests: false });
    expect(made).toMatchObject({
      room: 'made',
      capacity: 3,
      admits: ['Jo', 'Al'],
      guests: false,
      createdBy: 'Jo',
      members: [],
    });
    expect(await client.read('made')).toEqual(made);
    await expect(client.create(al, 'made')).rejects.toMatchObject(refusal('room-taken'));
    await expect(client.create(guest('Visitor'), 'other')).rejects.toMatchObject(refusal('account-required'));
    await expect(client.read('other')).rejects.toMatchObject(refusal('unknown-room'));
    const race = await Promise.allSettled(Array.from({ length: 20 }, () => client.create(jo, 'wanted')));
    expect(race.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('tell at each replica at once what happened at the other', async () => {
    await client.create(jo, 'everywhere');
    for (let round = 0; round < 30; round += 1) {
      await client.join(al, 'everywhere');
      expect((await client.read('everywhere')).members).toMatchObject([{ name: 'Al' }]);
      await client.say(al, 'everywhere', String(round));
      await client.leave(al, 'everywhere');
      await expect(client.history(al, 'everywhere')).rejects.toMatchObject(refusal('membership-required'));
    }
  });

  it('are told to somebody who is in them', async () => {
    const bo = account('Bo');
    for (const room of ['one-of-bo', 'two-of-bo', 'not-of-bo']) await client.create(jo, room);
    for (const room of ['one-of-bo', 'two-of-bo']) await client.join(bo, room);
    expect((await client.roomsOf(bo)).sort()).toEqual(['one-of-bo', 'two-of-bo']);
    await client.leave(bo, 'one-of-bo');
    expect(await client.roomsOf(bo)).toEqual(['two-of-bo']);
  });

  it('take no more than their capacity, however many come at once, and who is refused is told it', async () => {
    await client.create(jo, 'full', { capacity: 7 });
    const many = await Promise.allSettled(
      Array.from({ length: 60 }, (_, n) => client.join(account(`user-${String(n)}`), 'full')),
    );
    expect(many.filter(({ status }) => status === 'fulfilled')).toHaveLength(7);
    for (const each of many)
      if (each.status === 'rejected') expect(each.reason).toMatchObject(refusal('room-full', /7/));
    expect((await client.read('full')).members).toHaveLength(7);
  });

  it('have one order of what many say at once, with every message once, and times that go forward', async () => {
    await client.create(jo, 'busy');
    const users = Array.from({ length: 20 }, (_, n) => account(`user-${String(n)}`));
    await Promise.all(users.map((user) => client.join(user, 'busy')));
    const said = users.flatMap((user) => Array.from({ length: 5 }, () => ({ user, id: randomUUID() })));
    const told = await Promise.all(
      said.flatMap(({ user, id }) => [client.say(user, 'busy', 'hello', id), client.say(user, 'busy', 'hello', id)]),
    );
    expect(told.filter(({ repeated }) => !repeated)).toHaveLength(100);

    const all: ShownRoomEvent[] = [];
    for (;;) {
      const { items } = await client.history(users[0]!, 'busy', { after: all.length, limit: 50 });
      if (items.length === 0) break;
      all.push(...items);
    }
    expect(all.map(({ offset }) => offset)).toEqual(Array.from({ length: 121 }, (_, index) => index + 1));
    expect(all.flatMap((event) => (event.type === 'said' ? [event.id] : [])).sort()).toEqual(
      said.map(({ id }) => id).sort(),
    );
    const places = new Map(all.flatMap((event) => (event.type === 'said' ? [[event.id, event] as const] : [])));
    for (const { message } of told) expect(message).toEqual(places.get(message.id));
    for (const [index, event] of all.entries()) {
      const before = all[index - 1];
      if (before === undefined) continue;
      expect(Date.parse(event.at)).toBeGreaterThanOrEqual(Date.parse(before.at));
      expect(event.lamport).toBeGreaterThan(before.lamport);
    }
    expect(new Set(all.flatMap(({ vector }) => Object.keys(vector)))).toEqual(new Set(['chat-1', 'chat-2']));
  });

  it('have no time that runs backwards, though a replica’s clock is set back', async () => {
    await client.create(jo, 'clocks');
    await client.join(jo, 'clocks');
    const before = await client.say(jo, 'clocks', 'before');
    now -= 3_600_000;
    const after = await client.say(jo, 'clocks', 'after');
    now += 3_600_000;
    expect(after.message).toMatchObject({ at: before.message.at, gapMs: 0 });
  });

  it('give parts of what happened, forwards and backwards', async () => {
    await client.create(jo, 'story');
    for (const user of [jo, al]) await client.join(user, 'story');
    for (const text of ['one', 'two', 'three']) await client.say(jo, 'story', text);
    const part = async (query: object): Promise<string[]> =>
      (await client.history(al, 'story', query)).items.map(summary);
    const all = ['created by Jo', 'Jo joined', 'Al joined', 'Jo: one', 'Jo: two', 'Jo: three'];
    expect(await part({})).toEqual(all);
    expect(await part({ limit: 2 })).toEqual(all.slice(-2));
    expect(await part({ before: 5, limit: 2 })).toEqual(all.slice(2, 4));
    expect(await part({ after: 1, limit: 2 })).toEqual(all.slice(1, 3));
    expect(await part({ after: 1, before: 3 })).toEqual(all.slice(1, 2));
    expect(await part({ after: 6 })).toEqual([]);
    expect(await part({ after: 1_000_000 })).toEqual([]);
    expect((await client.history(al, 'story')).epoch).toBe((await client.read('story')).last.epoch);
  });

  it('are changed by who made them, and by the operator, for whichever replica is asked next', async () => {
    await client.create(jo, 'changing', { capacity: 1 });
    await client.join(jo, 'changing');
    await expect(client.change(al, 'changing', { capacity: 9 })).rejects.toMatchObject(refusal('maker-required', /Jo/));
    for (let capacity = 2; capacity < 12; capacity += 1) {
      const { rulesAt } = await client.read('changing');
      expect(await client.change(jo, 'changing', { capacity, rulesAt })).toMatchObject({ capacity });
      expect(await client.join(account(`user-${String(capacity)}`), 'changing')).toMatchObject({ capacity });
      await expect(client.join(account('late'), 'changing')).rejects.toMatchObject(refusal('room-full'));
    }
    const racing = await Promise.allSettled(
      [20, 30, 40].map((capacity) => client.change(jo, 'changing', { capacity, rulesAt: 21 })),
    );
    expect(racing.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await client.change(null, 'changing', { guests: false, admits: ['Jo'] });
    expect((await client.history(jo, 'changing', { limit: 1 })).items).toMatchObject([
      { type: 'changed', by: 'operator', rules: { guests: false, admits: ['Jo'] } },
    ]);
  });

  it('say of a message which replica put it where, and what its sender can have been told of', async () => {
    await client.create(jo, 'reasons');
    for (const user of [jo, al]) await client.join(user, 'reasons');
    const first = (await client.say(jo, 'reasons', 'Tea?', randomUUID(), 3)).message;
    const second = (await client.say(al, 'reasons', 'Coffee?', randomUUID(), 3)).message;
    const boast = (await client.say(jo, 'reasons', 'Both!', randomUUID(), 1_000_000)).message;
    expect([first, second, boast].map(({ offset, seen }) => [offset, seen])).toEqual([
      [4, 3],
      [5, 3],
      [6, 5],
    ]);
    expect(first).not.toHaveProperty('placed');
    const why = await client.why(al, 'reasons', 5);
    expect(why).toMatchObject({
      from: 'Al',
      lamport: second.lamport,
      vector: second.vector,
      seen: 3,
      before: { items: [], more: 0 },
      concurrent: { items: [{ offset: 4, from: 'Jo' }], more: 0 },
      looked: { first: 1, last: 6 },
    });
    expect(['chat-1', 'chat-2']).toContain(why.placed?.by);
    expect((await client.why(al, 'reasons', 6)).before.items.map(({ offset }) => offset)).toEqual([5, 4]);
    for (const offset of [1, 7]) {
      const asked = client.why(al, 'reasons', offset);
      await expect(asked).rejects.toMatchObject(refusal('unknown-message', new RegExp(String(offset))));
    }
    const strangers = client.why(account('Bo'), 'reasons', 4);
    await expect(strangers).rejects.toMatchObject(refusal('membership-required'));
  });

  it('give no more at once than a message of the broker holds', async () => {
    await client.create(jo, 'long');
    await client.join(jo, 'long');
    const text = '\n'.repeat(8_191) + 'x';
    for (let n = 0; n < 70; n += 1) await client.say(jo, 'long', text);
    const last = (await client.read('long')).last.offset;
    const newest = await client.history(jo, 'long', { limit: 100 });
    expect(newest.items.at(-1)?.offset).toBe(last);
    expect(newest.items.length).toBeLessThan(70);
    const { items } = await client.history(jo, 'long', { after: 2, limit: 100 });
    expect(items[0]?.offset).toBe(3);
    expect(items.length).toBeLessThan(70);
  });

  it.each([', ; : | )- [ " \' \\ /', '👩‍👩‍👧‍👦 🎉', 'שלום عولام مرحبا', 'A:(0:12)-Hello', 'two\n\tlines'])(
    'have the text as it was said: %j',
    async (text) => {
      await client.create(jo, 'texts').catch(() => undefined);
      await client.join(jo, 'texts');
      const { message } = await client.say(jo, 'texts', text);
      expect(message.text).toBe(text);
      expect((await client.history(jo, 'texts', { limit: 1 })).items[0]).toEqual(message);
    },
  );

  it('are left by guests who sign out, and by those whose sessions are over', async () => {
    await client.create(jo, 'passing');
    const [one, other] = [newKey('guest'), newKey('guest')];
    const visitors: RoomUser[] = [guest('one', one), guest('other', other)];
    await client.visit('one', one);
    await client.visit('other', other);
    await client.join(jo, 'passing');
    for (const visitor of visitors) await client.join(visitor, 'passing');
    await client.signOut(one);
    expect((await client.read('passing')).members.map(({ name }) => name)).toEqual(['Jo', 'other']);
    await departures.look();
    expect((await client.read('passing')).members.map(({ name }) => name)).toEqual(['Jo', 'other']);
    now += 60_000;
    await departures.look();
    expect((await client.history(jo, 'passing')).items.map(summary).slice(-2)).toEqual(['one left', 'other left']);
  });

  it('are left also when a session before in the room is stored as what none is', async () => {
    await client.create(jo, 'marred');
    const [broken, over] = [newKey('guest'), newKey('guest')];
    await client.visit('broken', broken);
    await client.visit('over', over);
    await client.join(guest('broken', broken), 'marred');
    await client.join(guest('over', over), 'marred');
    const stranger = await KeyValue.open(client.bus, { ...buckets.guestSessions, value: z.unknown() });
    const { revision } = await stranger.get(broken.digest);
    expect(await stranger.compareAndSet(broken.digest, revision, 'no session')).toBeGreaterThan(revision);
    now += 60_000;
    await departures.look();
    expect((await client.read('marred')).members.map(({ name }) => name)).toEqual(['broken']);
  });

  it('go on when something stands in the store that is no event', async () => {
    await client.create(jo, 'disturbed');
    await client.join(jo, 'disturbed');
    const stranger = new Stream(await stage.bus('stranger'), roomStream);
    const last = await stranger.last('disturbed');
    expect(await stranger.appendAfter('disturbed', new TextEncoder().encode('{"type":'), last)).toBe(last + 1);
    const { message } = await client.say(jo, 'disturbed', 'still here');
    expect(message.offset).toBe(3);
  });

  it('are made also where something stands that is no event, or belongs elsewhere', async () => {
    const stranger = new Stream(await stage.bus('stranger'), roomStream);
    const [event] = (await stranger.fetch('disturbed', 1, 1)).map(({ payload }) => payload);
    const nonsense = new TextEncoder().encode('nonsense');
    for (const payload of [nonsense, event!])
      expect(await stranger.appendAfter('haunted', payload, await stranger.last('haunted'))).toBeGreaterThan(0);
    expect(await client.create(jo, 'haunted')).toMatchObject({ room: 'haunted', members: [] });
    await client.join(al, 'haunted');
    expect((await client.read('haunted')).members.map(({ name }) => name)).toEqual(['Al']);
  });

  it('are there with all that was said when the broker was killed, and at a replica that has just started', async () => {
    await client.create(jo, 'kept');
    await client.join(jo, 'kept');
    const id = randomUUID();
    const { message } = await client.say(jo, 'kept', 'do not forget', id);
    const reconnected = new Promise<void>((resolve) => client.bus.onConnection((connected) => connected && resolve()));
    await stage.restartBroker();
    await reconnected;
    await stage.replica('chat-3');
    const said = async () => {
      for (;;) {
        try {
          return await client.say(jo, 'kept', 'do not forget', id);
        } catch (error) {
          // A replica that is not connected again yet.
          expect(error).toMatchObject({ name: 'BusError' });
        }
      }
    };
    for (let n = 0; n < 10; n += 1) expect(await said()).toEqual({ message, repeated: true });
    const next = await client.say(jo, 'kept', 'more');
    expect(next.message.offset).toBe(message.offset + 1);
    expect(next.message.lamport).toBeGreaterThan(message.lamport);
  });
});
