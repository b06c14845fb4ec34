// Accounts, guests and sessions through every process to the store: over HTTP, while a chat replica is killed, and after
// everything was killed and started again.
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ask, ChatUser } from './testing/chat-user.js';
import { givenSystem } from './testing/given-system.js';
import { System } from './testing/system.js';

const STORY_MS = 120_000;
const PASSWORD = 'correct horse';
const signUp = (address: string, name: string, password = PASSWORD) =>
  ask(address, ['POST', '/accounts'], { body: { name, password } });

describe('people', () => {
  const given = givenSystem({ participants: 1, chatReplicas: 2 });
  const address = (): string => given.system.http.address;

  it(
    'sign up, in and out, and nobody else has their name',
    async () => {
      expect(await signUp(address(), 'Jo')).toMatchObject({ status: 201, body: { name: 'Jo' } });
      expect(await signUp(address(), 'jO')).toMatchObject({ status: 409, body: { code: 'name-taken' } });
      expect(await signUp(address(), 'help')).toMatchObject({ status: 400, body: { code: 'name-reserved' } });
      const body = { name: 'Jo', password: 'wrong horse' };
      expect(await ask(address(), ['POST', '/sessions'], { body })).toMatchObject({
        status: 401,
        body: { code: 'sign-in-failed' },
      });

      const jo = await ChatUser.signIn(address(), 'Jo', PASSWORD);
      expect(await jo.request('GET', '/sessions/current')).toEqual({ status: 200, body: jo.session });
      expect(await jo.request('GET', '/transactions')).toMatchObject({ status: 403 });
      expect(await jo.request('DELETE', '/sessions/current')).toMatchObject({ status: 204 });
      expect(await jo.request('GET', '/sessions/current')).toMatchObject({ status: 401 });
    },
    STORY_MS,
  );

  it(
    'go on while a chat replica is killed',
    async () => {
      const { system } = given;
      const visitor = await ChatUser.signIn(address(), 'visitor');
      const refused: unknown[] = [];
      const over = new AbortController();
      const asking = (async () => {
        while (!over.signal.aborted) {
          const told = await visitor.request('GET', '/sessions/current');
          if (told.status !== 200) refused.push(told);
        }
      })();
      await system.kill('chat-1');
      for (let n = 0; n < 10; n += 1)
        expect(await signUp(address(), `after-${String(n)}`)).toMatchObject({ status: 201 });
      over.abort();
      await asking;
      expect(refused).toEqual([]);
      expect(await system.http.ready()).toMatchObject({ status: 'ok' });
    },
    STORY_MS,
  );

  it(
    'are told so when there is no chat, while transactions are decided',
    async () => {
      const { system } = given;
      await system.kill('chat-2');
      expect(await signUp(address(), 'late')).toMatchObject({ status: 503, body: { code: 'chat-unreachable' } });
      const { transaction } = await system.http.propose({ value: 'without a chat', waitSeconds: 30 });
      expect(transaction).toMatchObject({ state: 'committed' });
      const missing = await system.eventually('the gateway misses the chat', async () => {
        const ready = await system.http.ready();
        return ready.status === 'unavailable' ? ready.missing : undefined;
      });
      expect(missing).toEqual(['chat']);
    },
    STORY_MS,
  );
});

describe('when everything was killed and started again', () => {
  it(
    'accounts and sessions are there',
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'parley-e2e-'));
      const options = { folder, participants: 1, chatReplicas: 2 };
      const first = await System.start(options);
      await signUp(first.http.address, 'Jo');
      const jo = await ChatUser.signIn(first.http.address, 'Jo', PASSWORD);
      await first.killAll();

      const second = await System.start(options);
      try {
        const { address } = second.http;
        expect(await jo.at(address).request('GET', '/sessions/current')).toMatchObject({ status: 200 });
        expect(await signUp(address, 'Jo')).toMatchObject({ status: 409 });
        await ChatUser.signIn(address, 'jo', PASSWORD);
      } finally {
        await second.stop();
      }
    },
    STORY_MS,
  );
});
