// The WebSocket through every process: each event once and in one order at all clients, who come back by themselves while a
// chat replica and the gateway are killed.
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { ask, ChatUser } from './testing/chat-user.js';
import { givenSystem } from './testing/given-system.js';
import { WORKSPACE } from './testing/launcher.js';
import { ChatSocket } from './testing/socket.js';

const STORY_MS = 180_000;
const PASSWORD = 'correct horse';
const CLIENTS = 10;
const MESSAGES = 15;

/** Connects again and again until there is a gateway that answers. */
async function connected(socket: ChatSocket): Promise<void> {
  for (;;) {
    try {
      await socket.connect();
      return;
    } catch {
      await wait(50); // Whatever stands in the way: the gateway is being started again.
    }
  }
}

describe('WebSockets', () => {
  const given = givenSystem({ participants: 1, chatReplicas: 2, restart: true });

  it(
    'tell everybody everything once and in one order, whatever is killed',
    async () => {
      const { system } = given;
      const { address } = system.http;
      await ask(address, ['POST', '/accounts'], { body: { name: 'Jo', password: PASSWORD } });
      const jo = await ChatUser.signIn(address, 'Jo', PASSWORD);
      await jo.request('POST', '/rooms', { room: 'release' });
      const guests = Array.from({ length: CLIENTS - 1 }, (_, n) => ChatUser.signIn(address, `guest-${String(n)}`));
      const sockets = [jo, ...(await Promise.all(guests))].map((user) => new ChatSocket(user));
      await Promise.all(sockets.map(connected));
      for (const socket of sockets)
        expect(await socket.command('join', { room: 'release' })).toMatchObject({ ok: true });

      const ids: string[] = [];
      const talk = async (socket: ChatSocket, client: number): Promise<void> => {
        for (let n = 0; n < MESSAGES; n += 1) {
          const id = randomUUID();
          ids.push(id);
          const said = { room: 'release', id, text: `${String(client)}: ${String(n)}` };
          // The same UUID until it is acknowledged, over whichever connection.
          while ((await socket.command('say', said))?.ok !== true) await connected(socket);
        }
      };
      const talking = Promise.all(sockets.map(talk));
      await system.kill('chat-1');
      const back = system.launcher.says(/^gateway +ready/);
      await system.kill('gateway');
      await back;
      await talking;
      await Promise.all(
        sockets.map(async (socket) => {
          socket.close();
          await connected(socket);
        }),
      );

      const [first] = sockets;
      const order = first!.told.map(({ off }) => off);
      expect(order).toEqual(order.map((_, index) => order[0]! + index));
      const heard = first!.told.flatMap(({ d }) => (d.type === 'said' ? [d.id] : []));
      expect([...heard].sort()).toEqual([...ids].sort());
      for (const { told, synced } of sockets) {
        expect(told.filter(({ d }) => d.type === 'said').map(({ d }) => d)).toEqual(
          first!.told.filter(({ d }) => d.type === 'said').map(({ d }) => d),
        );
        expect(synced.at(-1)).toMatchObject({ room: 'release', recovered: true });
        expect(new Set(told.map(({ off }) => off)).size).toBe(told.length);
      }
      for (const socket of sockets) socket.close();
    },
    STORY_MS,
  );

  it(
    'are used as the guide shows',
    async () => {
      const guide = await readFile(join(WORKSPACE, 'docs/socket.md'), 'utf8');
      const [, example = ''] = /^```js\n(.*?)^```$/ms.exec(guide)!;
      const [, shown = ''] = /^```json\n(.*?)^```$/ms.exec(guide)!;
      const { host } = new URL(given.system.http.address);
      const program = `${example.replaceAll('127.0.0.1:7070', host)}
        socket.on('message', (frame) => { if (String(frame).includes('caught_up')) socket.close(); });`;
      const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], {
        cwd: join(WORKSPACE, 'e2e'),
      });
      expect(stdout).toBe(shown);
    },
    STORY_MS,
  );
});
