// Rooms through every process to the store: what was acknowledged is there, once and in one order, while a chat replica is
// killed, and after everything was killed and started again.
import { randomUUID } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { history, message, room, roomClocks, type Message, type ShownRoomEvent } from '@parley/contracts';
import { ask, ChatUser } from './testing/chat-user.js';
import { Exchanges } from './testing/exchanges.js';
import { System } from './testing/system.js';

const STORY_MS = 180_000;
const PASSWORD = 'correct horse';
const USERS = 12;
const path = '/rooms/release';

async function record(user: ChatUser): Promise<ShownRoomEvent[]> {
  const all: ShownRoomEvent[] = [];
  for (;;) {
    const told = await user.request('GET', `${path}/messages?after=${String(all.length)}&limit=100`);
    const { items } = history.parse(told.body);
    if (items.length === 0) return all;
    all.push(...items);
  }
}

/** Says something under one UUID until it is acknowledged. */
async function say(user: ChatUser, text: string): Promise<Message> {
  const id = randomUUID();
  for (;;) {
    const { status, body } = await user.request('PUT', `${path}/messages/${id}`, { text });
    if (status === 200 || status === 201) return message.parse(body);
    expect({ status, body }).toMatchObject({ status: 503 });
  }
}

describe('a room', () => {
  it(
    'loses and doubles nothing, whatever is killed',
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'parley-e2e-'));
      const environment = { CLOCK_PAUSE_MIN_MS: '500', CLOCK_PAUSE_MAX_MS: '1500' };
      const options = { folder, participants: 1, chatReplicas: 2, environment };
      const first = await System.start(options);
      const { address } = first.http;
      await ask(address, ['POST', '/accounts'], { body: { name: 'Jo', password: PASSWORD } });
      const jo = await ChatUser.signIn(address, 'Jo', PASSWORD);
      expect(await jo.request('POST', '/rooms', { room: 'release', capacity: USERS + 1 })).toMatchObject({
        status: 201,
      });
      const guests = Array.from({ length: USERS }, (_, n) => ChatUser.signIn(address, `guest-${String(n)}`));
      const users = [jo, ...(await Promise.all(guests))];
      for (const user of users) expect(await user.request('PUT', `${path}/members/me`)).toMatchObject({ status: 200 });
      const late = await ChatUser.signIn(address, 'late');
      expect(await late.request('PUT', `${path}/members/me`)).toMatchObject({
        status: 409,
        body: { code: 'room-full' },
      });

      // Clocks are exchanged by one replica; by the other when that one is paused; and by none twice when it wakes up.
      const exchanges = new Exchanges(first.bus, 'release');
      expect(await jo.request('PUT', `${path}/clocks`, { running: true })).toMatchObject({ status: 200 });
      await exchanges.more(10);
      const paused = exchanges.all.at(-1)!.node;
      await first.freeze(paused);
      await exchanges.more(10, (node) => node !== paused);
      await first.thaw(paused);
      await exchanges.more(10);

      const over = new AbortController();
      const acknowledged: Message[] = [];
      const talking = users.map(async (user, index) => {
        for (let n = 0; !over.signal.aborted; n += 1)
          acknowledged.push(await say(user, `${String(index)}: ${String(n)}`));
      });
      const more = async (count: number): Promise<void> => {
        const enough = acknowledged.length + count;
        await first.eventually('more is said', async () => acknowledged.length >= enough || undefined);
      };
      await more(50);
      await first.kill('chat-1');
      await exchanges.more(10, (node) => node === 'chat-2');
      await more(100);
      over.abort();
      await Promise.all(talking);

      const all = await record(jo);
      expect(all.map(({ offset }) => offset)).toEqual(all.map((_, index) => index + 1));
      const said = all.filter((event) => event.type === 'said');
      expect(new Set(said.map(({ text }) => text)).size).toBe(said.length);
      expect(new Map(said.map((event) => [event.id, event]))).toEqual(
        new Map(acknowledged.map((told) => [told.id, told])),
      );
      for (const user of users) expect(await record(user)).toEqual(all);

      expect(exchanges.faults).toEqual([]);
      const printed = await Promise.all(['chat-1', 'chat-2'].map((name) => first.files.log(name)));
      const numbers = printed.flat().flatMap(({ room: where, number }) => (where === 'release' ? [number] : []));
      expect(new Set(numbers).size).toBe(numbers.length);
      expect(numbers).toEqual(expect.arrayContaining([1, 2, 3, 4, 5]));
      exchanges.stop();
      await first.killAll();
      const second = await System.start(options);
      try {
        const back = jo.at(second.http.address);
        expect((await record(back)).slice(0, all.length)).toEqual(all);
        const clocks = roomClocks.parse((await back.request('GET', `${path}/clocks`)).body);
        const { number, to, after } = exchanges.all.at(-1)!.exchange;
        expect(clocks.exchanges).toBeGreaterThanOrEqual(number);
        const held = clocks.members.find(({ name }) => name === to);
        for (const [name, entry] of Object.entries(after.vector))
          expect(held?.vector[name]).toBeGreaterThanOrEqual(entry);
        const going = new Exchanges(second.bus, 'release');
        await going.more(clocks.last.length + 3);
        expect(going.all.map(({ exchange }) => exchange.number - going.all[0]!.exchange.number)).toEqual(
          going.all.map((_, index) => index),
        );
        going.stop();
        const next = await say(back, 'after the crash');
        expect(next.lamport).toBeGreaterThan(all.at(-1)!.lamport);
        expect(room.parse((await back.request('GET', path)).body).members.map(({ name }) => name)).toContain('Jo');
      } finally {
        await second.stop();
      }
    },
    STORY_MS,
  );
});
