// Far too much of everything from one address: sign-ins, joins, connections, bodies and messages without end, and readers who do not
// read. It is refused as specified, whoever is in a room is told everything meanwhile, and somebody else comes in.
//
// Memory is what the operating system says a process has held at most, against what it held before the story. Noise is garbage that is
// not collected yet: of young objects there are never more than 48 MiB, and what is old is collected when it has doubled, which in
// processes that know a few people is some 30 MiB. All of it is below the bound; measured was half of it. Above it is whatever a
// story would take if what is sent were kept: ten thousand connections (200 MB), bodies and messages (gigabytes), what is told to
// who does not read (without end). What a refused request leaves is seen only from 20 KB on, and the rest is for unit tests.
import { randomUUID } from 'node:crypto';
import { afterAll, describe, expect, it } from '@jest/globals';
import { closeCodes, openedSession, problem, ticket, users } from '@parley/contracts';
import { ask, ChatUser } from './testing/chat-user.js';
import {
  closed,
  count,
  dial,
  flood,
  frameHead,
  headOf,
  pour,
  reader,
  slowReader,
  upgrade,
  type HttpRequest,
} from './testing/flood.js';
import { givenSystem } from './testing/given-system.js';
import { peakBytes, residentBytes } from './testing/memory.js';
import { ChatSocket } from './testing/socket.js';

const STORY_MS = 120_000;
const PASSWORD = 'correct horse';
const MIB = 1024 * 1024;
const GROWTH = 128 * MIB;
const BODY = 100_000_000;
const SLOW = 12;
const SERVICES = ['gateway', 'chat-1'];

describe('a flood from one address', () => {
  const given = givenSystem({ participants: 1, chatReplicas: 1 });
  let host: string;
  let speaker: ChatSocket;
  let listener: ChatSocket;
  afterAll(() => [speaker, listener].forEach((socket) => socket.close()));

  /** What somebody says while `flooding` lasts, and a while longer, is told to another, all of it; and a newcomer comes in. */
  async function meanwhile<T>(newcomer: string, flooding: Promise<T>): Promise<T> {
    const end = flooding.then(
      () => true,
      () => true,
    );
    const said: string[] = [];
    const say = async (): Promise<void> => {
      const id = randomUUID();
      await speaker.command('say', { room: 'square', id, text: 'still here?' });
      said.push(id);
      await listener.happened((event) => event.type === 'said' && event.id === id);
    };
    const socket = new ChatSocket(await ChatUser.signIn(host, newcomer));
    await socket.command('join', { room: 'square' });
    do await say();
    while (!(await Promise.race([end, new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 50))])));
    await say();
    await socket.happened((event) => event.type === 'said' && event.id === said.at(-1));
    socket.close();
    const told = listener.told.flatMap((event) => (event.type === 'said' && said.includes(event.id) ? [event.id] : []));
    expect(told).toEqual(said);
    return flooding;
  }

  /** A story that must not cost memory. */
  async function bounded(story: () => Promise<void>): Promise<void> {
    const before = await Promise.all(SERVICES.map((name) => residentBytes(given.system, name)));
    await story();
    for (const [index, name] of SERVICES.entries()) {
      const grown = (await peakBytes(given.system, name)) - before[index]!;
      expect({ name, grown: grown < GROWTH }).toEqual({ name, grown: true });
    }
  }

  it(
    'leaves those alone who are there, and who comes from elsewhere',
    async () => {
      host = given.system.http.address;
      await ask(host, ['POST', '/accounts'], { body: { name: 'Jo', password: PASSWORD } });
      const jo = await ChatUser.signIn(host, 'Jo', PASSWORD);
      await jo.request('POST', '/rooms', { room: 'square', capacity: 500 });
      speaker = new ChatSocket(jo);
      listener = new ChatSocket(await ChatUser.signIn(host, 'listener'));
      for (const socket of [speaker, listener]) await socket.command('join', { room: 'square' });
      await meanwhile('first', Promise.resolve());
    },
    STORY_MS,
  );

  it(
    'of guests is refused but for a few hundred',
    () =>
      bounded(async () => {
        const guest = (n: number): HttpRequest => ({
          path: '/api/v1/sessions',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ name: `flood-${String(n)}` }),
        });
        const began = performance.now();
        const tally = await meanwhile('second', flood(host, 64, 6_000, guest));
        const seconds = Math.ceil((performance.now() - began) / 1_000);
        expect([...tally.keys()].sort()).toEqual(['201', expect.stringMatching(/^429 \d+$/)]);
        expect(tally.get('201')).toBeLessThanOrEqual(300 + seconds);
      }),
    STORY_MS,
  );

  it(
    'of joins by one guest is refused but for what one may do',
    () =>
      bounded(async () => {
        const answer = await ask(host, ['POST', '/sessions'], { body: { name: 'joiner' } });
        const { token } = openedSession.parse(answer.body);
        const join = (): HttpRequest => ({
          method: 'PUT',
          path: '/api/v1/rooms/square/members/me',
          headers: { authorization: `Bearer ${token}` },
        });
        const tally = await meanwhile('third', flood(host, 64, 2_000, join));
        expect([...tally.keys()].sort()).toEqual(['200', expect.stringMatching(/^429 \d+$/)]);
      }),
    STORY_MS,
  );

  it(
    'of connections that say nothing has a share of them, and no more',
    () =>
      bounded(async () => {
        const tally = new Map<string, number>();
        const sockets = new Set<{ destroy(): void }>();
        let left = 10_000;
        const open = async (): Promise<void> => {
          while (left > 0) {
            left -= 1;
            const { answer, socket } = await upgrade(host);
            count(tally, answer);
            sockets.add(socket);
            socket.once('close', () => sockets.delete(socket));
          }
        };
        await meanwhile('fourth', Promise.all(Array.from({ length: 100 }, open)));
        for (const socket of sockets) socket.destroy();
        expect([...tally.keys()].sort()).toEqual(['101', '503 1']);
      }),
    STORY_MS,
  );

  it(
    'of bodies of a hundred megabytes is refused before they are sent',
    () =>
      bounded(async () => {
        const type = { 'content-type': 'application/json' };
        const heads = [
          headOf({ path: '/api/v1/accounts', headers: { ...type, 'content-length': String(BODY) } }),
          headOf({ path: '/api/v1/accounts', headers: { ...type, 'transfer-encoding': 'chunked' } }),
        ];
        const chunked = (piece: Buffer): Buffer =>
          Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n')]);
        const send = async (n: number): Promise<void> => {
          const socket = await dial(host);
          const read = reader(socket);
          socket.write(heads[n % 2]!);
          const pouring = pour(socket, BODY, n % 2 === 0 ? undefined : chunked);
          const { status, body } = await read();
          expect([status, problem.parse(JSON.parse(body)).code]).toEqual([413, 'body-too-large']);
          // Not more is taken from the network than lets the sender read why.
          socket.destroy();
          expect(await pouring).toBeLessThan(BODY);
        };
        // Six gigabytes.
        const all = async (): Promise<void> => {
          for (let round = 0; round < 3; round += 1) await Promise.all(Array.from({ length: 20 }, (_, n) => send(n)));
        };
        await meanwhile('fifth', all());
      }),
    STORY_MS,
  );

  it(
    'of messages of a hundred megabytes is cut off, in one frame or in many',
    () =>
      bounded(async () => {
        const send = async (n: number): Promise<void> => {
          const { answer, socket } = await upgrade(host);
          expect(answer.status).toBe(101);
          const received: Buffer[] = [];
          socket.on('data', (data: Buffer) => received.push(data));
          let first = true;
          const fragment = (piece: Buffer): Buffer => {
            const frame = Buffer.concat([frameHead(first ? 0x01 : 0x00, piece.length), piece]);
            first = false;
            return frame;
          };
          if (n % 2 === 0) socket.write(frameHead(0x81, BODY));
          const pouring = pour(socket, BODY, n % 2 === 0 ? undefined : fragment);
          await closed(socket);
          // How much of it the network took before the connection ended says nothing: it is thrown away as it comes.
          await pouring;
          // A close frame: 1009, too big.
          expect(Buffer.concat(received).subarray(0, 4)).toEqual(Buffer.from([0x88, 0x02, 0x03, 0xf1]));
        };
        const all = async (): Promise<void> => {
          for (let round = 0; round < 3; round += 1) await Promise.all(Array.from({ length: 20 }, (_, n) => send(n)));
        };
        await meanwhile('sixth', all());
      }),
    STORY_MS,
  );

  it(
    'of messages to who does not read is kept for a mebibyte each',
    () =>
      bounded(async () => {
        const names = Array.from({ length: SLOW }, (_, n) => `slow-${String(n)}`);
        const readers = await Promise.all(
          names.map(async (name) => {
            const user = await ChatUser.signIn(host, name);
            await user.request('PUT', '/rooms/square/members/me');
            const { body } = await user.request('POST', '/ws-tickets');
            return slowReader(host, ticket.parse(body).ticket);
          }),
        );
        const text = '€'.repeat(2_700);
        const isOnline = async (): Promise<boolean> => {
          const { body } = await ask(host, ['GET', '/users?online=true&limit=1000'], {
            token: given.system.http.token,
          });
          return users.parse(body).users.some(({ name }) => names.includes(name));
        };
        // Whoever is let go is not there any more; until then there is more to be told.
        let isOver = false;
        const shout = async (name: string): Promise<void> => {
          const socket = new ChatSocket(await ChatUser.signIn(host, name));
          await socket.command('join', { room: 'square' });
          for (let n = 0; !isOver && n < 190; n += 1)
            await socket.command('say', { room: 'square', id: randomUUID(), text });
          socket.close();
        };
        const shouts = async (of: string): Promise<void> => {
          for (let n = 0; !isOver; n += 1) await shout(`shout-${of}-${String(n)}`);
        };
        const look = async (): Promise<void> => {
          while (await isOnline());
          isOver = true;
        };
        await meanwhile('seventh', Promise.all([look(), ...['a', 'b', 'c', 'd'].map(shouts)]));
        expect(await Promise.all(readers.map((read) => read()))).toEqual(names.map(() => closeCodes.slow));
      }),
    STORY_MS,
  );
});
