// Who is there, through every process: clients, a gateway and a chat replica are killed, and those who are left are told of
// exactly those who are gone. A dropped client leaves after a second here.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { nodes, room, users } from '@parley/contracts';
import { ask, ChatUser } from './testing/chat-user.js';
import { givenSystem } from './testing/given-system.js';
import { WORKSPACE } from './testing/launcher.js';
import { ChatSocket } from './testing/socket.js';

const STORY_MS = 120_000;

/** A client that does nothing but stay connected. */
const PROGRAM = `
  import { ChatConnection, HttpClient } from '@parley/client';
  import { openLine } from '@parley/client/node';
  const { server, token } = process.env;
  const hear = (told) => { if (told.type === 'live') console.log('live'); };
  const http = new HttpClient({ server, token });
  new ChatConnection({ servers: [server], http, open: openLine, positions: {}, hear }).start();
`;

describe('presence', () => {
  const given = givenSystem({
    ...{ participants: 1, chatReplicas: 2, gateways: 2, restart: true },
    environment: { LEAVE_AFTER_MS: '1000' },
  });
  const clients: ChildProcess[] = [];
  let gateways: string[];
  let bo: ChatUser;
  let watching: ChatSocket;

  beforeAll(async () => {
    const [, other = ''] = await given.system.launcher.said(/^Another gateway: +(http:\S+)/);
    gateways = [given.system.http.address, other];
    await ask(gateways[0]!, ['POST', '/accounts'], { body: { name: 'Bo', password: 'correct horse' } });
    bo = await ChatUser.signIn(gateways[0]!, 'Bo', 'correct horse');
    await bo.request('POST', '/rooms', { room: 'kitchen' });
    watching = new ChatSocket(bo);
    await watching.live();
    await bo.request('PUT', '/rooms/kitchen/members/me');
  }, STORY_MS);
  afterAll(() => {
    watching.close();
    for (const client of clients) client.kill('SIGKILL');
  });

  /** A guest in the kitchen whose client is a process of its own. */
  const visits = async (name: string, server: string): Promise<ChildProcess> => {
    const user = await ChatUser.signIn(server, name);
    await user.request('PUT', '/rooms/kitchen/members/me');
    const client = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM], {
      cwd: join(WORKSPACE, 'e2e'),
      env: { ...process.env, server, token: user.token },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    clients.push(client);
    await once(client.stdout, 'data');
    return client;
  };

  const members = async (): Promise<string[]> =>
    room.parse((await bo.request('GET', '/rooms/kitchen')).body).members.map(({ name }) => name);

  /** Who is connected: what a dozen answers say, of which each replica gives some, once they say the same. */
  const online = async (): Promise<string[]> => {
    for (;;) {
      const asked = Array.from({ length: 12 }, () => bo.request('GET', '/users?online=true'));
      const told = (await Promise.all(asked)).map(({ body }) => users.parse(body).users);
      if (new Set(told.map((answer) => JSON.stringify(answer))).size === 1) return told[0]!.map(({ name }) => name);
    }
  };

  /** Resolves when the one who watches is told that somebody has left. */
  const isTold = async (name: string): Promise<void> => {
    const seen = (): boolean => watching.told.some((event) => event.type === 'left' && event.who.name === name);
    while (!seen()) await watching.toldTo((watching.told.at(-1)?.offset ?? 0) + 1);
  };

  it(
    'ends with a client that is killed: the others are told, and its name is free',
    async () => {
      const client = await visits('Visitor', gateways[1]!);
      expect(await online()).toEqual(['Bo', 'Visitor']);
      client.kill('SIGKILL');
      await isTold('Visitor');
      expect(await members()).toEqual(['Bo']);
      const next = await ChatUser.signIn(gateways[0]!, 'Visitor');
      expect(next.session.user).toEqual({ name: 'Visitor', kind: 'guest' });
    },
    STORY_MS,
  );

  it(
    'ends with the gateway of a client that cannot come back, and for nobody else, though a chat replica is killed with it',
    async () => {
      const { system } = given;
      const client = await visits('Frosty', gateways[1]!);
      // So it counts as connected for as long as the gateway lives, and goes nowhere else.
      client.kill('SIGSTOP');
      const back = Promise.all(
        ['chat-1', 'gateway-2'].map((name) => system.launcher.says(new RegExp(`^${name} +ready`))),
      );
      await Promise.all([system.kill('chat-1'), system.kill('gateway-2')]);
      await isTold('Frosty');
      await back;
      expect(await online()).toEqual(['Bo']);
      expect(await members()).toEqual(['Bo']);
      const { body } = await bo.request('GET', '/nodes');
      const kinds = nodes.parse(body).nodes.flatMap(({ service, live }) => (live ? [service] : []));
      expect(new Set(kinds)).toEqual(new Set(['chat', 'coordinator', 'gateway', 'participant']));
    },
    STORY_MS,
  );

  it(
    'ends at once with a session that is signed out of, at whichever gateway',
    async () => {
      const leaver = await ChatUser.signIn(gateways[1]!, 'Leaver');
      await leaver.request('PUT', '/rooms/kitchen/members/me');
      await leaver.at(gateways[0]!).request('DELETE', '/sessions/current');
      await isTold('Leaver');
      expect(await members()).toEqual(['Bo']);
    },
    STORY_MS,
  );
});
