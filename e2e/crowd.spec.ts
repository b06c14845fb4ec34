// A crowd: two hundred clients in one room, on two gateways and two chat replicas. Each message is told to each of them once and
// in one order, though a replica and a gateway are killed while many speak at once.
import { randomUUID } from 'node:crypto';
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { ProblemAnswer } from '@parley/client';
import { room } from '@parley/contracts';
import { ask, ChatUser } from './testing/chat-user.js';
import { givenSystem } from './testing/given-system.js';
import { ChatSocket } from './testing/socket.js';

const STORY_MS = 180_000;
const PASSWORD = 'correct horse';
const CLIENTS = 200;
const COMING = 50;
const SPEAKERS = 25;

/** Says it under one UUID until it is acknowledged: whoever is killed may leave it open whether it was said. Resolves when it is told. */
async function say(socket: ChatSocket, text: string): Promise<string> {
  const id = randomUUID();
  for (;;) {
    try {
      const { message } = await socket.command('say', { room: 'square', id, text });
      await socket.toldTo(message.offset);
      return id;
    } catch (error) {
      if (!(error instanceof ProblemAnswer)) throw error;
      expect(error.problem).toMatchObject({ status: 503 });
    }
  }
}

describe('a crowd on two gateways and two chat replicas', () => {
  const given = givenSystem({ participants: 1, chatReplicas: 2, gateways: 2, restart: true });
  let gateways: string[];
  let sockets: ChatSocket[] = [];
  afterEach(() => sockets.forEach((socket) => socket.close()));
  beforeAll(async () => {
    const [, other = ''] = await given.system.launcher.said(/^Another gateway: +(http:\S+)/);
    gateways = [given.system.http.address, other];
  });
  const gatewayOf = (client: number): string => gateways[client % 2]!;

  it(
    'wants one name at once, and one of it gets the name',
    async () => {
      const body = { name: 'Wanted', password: PASSWORD };
      const told = await Promise.all(
        Array.from({ length: 50 }, (_, client) => ask(gatewayOf(client), ['POST', '/accounts'], { body })),
      );
      expect(told.map(({ status }) => status).sort()).toEqual([201, ...Array.from({ length: 49 }, () => 409)]);
      await Promise.all(gateways.map((gateway) => ChatUser.signIn(gateway, 'wanted', PASSWORD)));
    },
    STORY_MS,
  );

  it(
    'hears each message once and in one order, whatever is killed',
    async () => {
      const { system } = given;
      const jo = await ChatUser.signIn(gateways[0]!, 'Wanted', PASSWORD);
      await jo.request('POST', '/rooms', { room: 'square', capacity: CLIENTS });
      // A few at a time: a gateway has 96 at the door at once from one network, and refuses who comes beside them.
      const users: ChatUser[] = [];
      while (users.length < CLIENTS) {
        const next = Array.from({ length: COMING }, (_, n) => users.length + n);
        users.push(
          ...(await Promise.all(next.map((client) => ChatUser.signIn(gatewayOf(client), `guest-${String(client)}`)))),
        );
      }
      const joined = await Promise.all(users.map((user) => user.request('PUT', '/rooms/square/members/me')));
      expect(new Set(joined.map(({ status }) => status))).toEqual(new Set([200]));
      sockets = users.map((user, client) => new ChatSocket(user, undefined, [gatewayOf(client + 1)]));
      await Promise.all(sockets.map((socket) => socket.live()));

      const over = new AbortController();
      const ids: string[] = [];
      const speak = async (speaker: ChatSocket, number: number): Promise<void> => {
        for (let n = 0; !over.signal.aborted; n += 1) ids.push(await say(speaker, `${String(number)}: ${String(n)}`));
      };
      const speaking = Promise.all(sockets.slice(0, SPEAKERS).map(speak));
      const more = async (): Promise<void> => {
        const enough = ids.length + SPEAKERS;
        await system.eventually('more is said', async () => ids.length >= enough || undefined);
      };
      await more();
      await system.kill('chat-1');
      await more();
      await system.kill('gateway');
      await more();
      over.abort();
      await speaking;

      const { offset } = room.parse((await users[1]!.request('GET', '/rooms/square')).body).last;
      await Promise.all(sockets.map((socket) => socket.toldTo(offset)));
      const said = sockets.map(({ told }) => told.filter((event) => event.type === 'said'));
      expect(said[0]!.map(({ id }) => id).sort()).toEqual([...ids].sort());
      for (const [client, { told }] of sockets.entries()) {
        expect(told.map((event) => event.offset)).toEqual(told.map((_, index) => told[0]!.offset + index));
        expect(said[client]).toEqual(said[0]);
      }
      // Whoever was at the gateway that was killed has come back to where it was; nobody has missed anything.
      const resumed = sockets.map(({ synced }) => synced.filter(({ how }) => how === 'resumed').length > 0);
      expect(resumed.filter((has, client) => has || client % 2 === 1)).toHaveLength(CLIENTS);
      expect(sockets.flatMap(({ synced }) => synced.slice(1).filter(({ how }) => how !== 'resumed'))).toEqual([]);
    },
    STORY_MS,
  );
});
