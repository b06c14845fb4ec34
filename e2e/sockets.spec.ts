// The WebSocket through every process: each event once and in one order at all clients, who come back by themselves while a
// chat replica and the gateway are killed.
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { ProblemAnswer } from '@parley/client';
import { ask, ChatUser } from './testing/chat-user.js';
import { givenSystem } from './testing/given-system.js';
import { WORKSPACE } from './testing/launcher.js';
import { ChatSocket } from './testing/socket.js';

const STORY_MS = 180_000;
const PASSWORD = 'correct horse';
const CLIENTS = 10;
const MESSAGES = 15;

/** Says it under one UUID until it is acknowledged: a replica that is killed may leave it open whether it was said. */
async function say(socket: ChatSocket, text: string): Promise<string> {
  const id = randomUUID();
  for (;;) {
    try {
      await socket.command('say', { room: 'release', id, text });
      return id;
    } catch (error) {
      if (!(error instanceof ProblemAnswer)) throw error;
      expect(error.problem).toMatchObject({ status: 503 });
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
      const users = [jo, ...(await Promise.all(guests))];
      const sockets = users.map((user) => new ChatSocket(user));
      for (const socket of sockets) await socket.command('join', { room: 'release' });

      const ids: string[] = [];
      const talk = async (socket: ChatSocket, client: number): Promise<void> => {
        for (let n = 0; n < MESSAGES; n += 1) ids.push(await say(socket, `${String(client)}: ${String(n)}`));
      };
      const talking = Promise.all(sockets.map(talk));
      await system.kill('chat-1');
      const back = system.launcher.says(/^gateway +ready/);
      await system.kill('gateway');
      await back;
      await talking;
      // Whoever comes back, as after a reload of a page, is told the rest, and then has been told all.
      const later = sockets.map((socket, index) => {
        socket.close();
        return new ChatSocket(users[index]!, socket.progress);
      });
      await Promise.all(later.map((socket) => socket.live()));

      const everything = sockets.map((socket, index) => [...socket.told, ...later[index]!.told]);
      const order = everything[0]!.map(({ offset }) => offset);
      expect(order).toEqual(order.map((_, index) => order[0]! + index));
      const heard = everything[0]!.flatMap((event) => (event.type === 'said' ? [event.id] : []));
      expect([...heard].sort()).toEqual([...ids].sort());
      for (const told of everything) {
        // Each was told from the moment at which it came in.
        expect(told).toEqual(everything[0]!.slice(-told.length));
        expect(told.filter(({ type }) => type === 'said')).toHaveLength(ids.length);
      }
      for (const { synced } of later) expect(synced).toMatchObject([{ room: 'release', how: 'resumed' }]);
      expect(sockets.flatMap(({ synced }) => synced.filter(({ how }) => how !== 'resumed'))).toEqual([]);
      for (const socket of later) socket.close();
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
        // Where `ws` is installed for sure.
        cwd: join(WORKSPACE, 'libs/client'),
      });
      expect(stdout).toBe(shown);
    },
    STORY_MS,
  );
});
