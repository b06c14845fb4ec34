// Messages to chosen people, as far as they are the gateway's: the chat is scripted, the record of the messages is a real stream.
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  directEvent,
  directStream,
  openedSession,
  personOf,
  problem,
  ticket,
  type DirectEvent,
  type Party,
  type PlacedMessage,
} from '@parley/contracts';
import { Stream } from '@parley/messaging';
import supertest from 'supertest';
import type { ScriptedChat } from './testing/scripted-chat.js';
import { SocketClient } from './testing/socket-client.js';
import { Stage } from './testing/stage.js';
import type { Gateway } from './gateway.js';

// A broker and processes start slowly on a busy machine.
jest.setTimeout(30_000);

type Agent = ReturnType<typeof supertest.agent>;
const account = (name: string): Party => ({ name, kind: 'account', session: null });
const path = '/api/v1/direct-messages';

describe('messages to chosen people', () => {
  let stage: Stage;
  let chat: ScriptedChat;
  let gateway: Gateway;
  let record: Stream<typeof directStream>;
  let clients: SocketClient[];
  let people = 0;
  let [jo, al]: Agent[] = [];
  let [joName, alName] = ['', ''];

  beforeAll(async () => {
    stage = await Stage.set();
    chat = await stage.chat();
    ({ gateway } = await stage.gateway());
    record = new Stream(await stage.bus('chat'), directStream);
  });
  afterAll(() => stage.clear());
  beforeEach(async () => {
    clients = [];
    people += 1;
    [joName, alName] = [`Jo-${String(people)}`, `Al-${String(people)}`];
    [jo, al] = await Promise.all([signedIn(joName), signedIn(alName)]);
    chat.waiting.length = 0;
    chat.asked.length = 0;
    chat.onSend = (request) => chat.sent(request);
    chat.onReceipts = () => ({ missing: [], isOver: true });
    chat.onInbox = (request) => chat.inbox(request);
    chat.onAcknowledge = () => undefined;
  });
  afterEach(() => clients.forEach((client) => client.close()));

  const signedIn = async (name: string): Promise<Agent> => {
    const answer = await supertest(gateway.address).post('/api/v1/sessions').send({ name, password: 'correct horse' });
    const { token } = openedSession.parse(answer.body);
    return supertest.agent(gateway.address).set('authorization', `Bearer ${token}`);
  };

  const connected = async (agent: Agent, inbox?: object): Promise<SocketClient> => {
    const client = await SocketClient.open(gateway.address);
    clients.push(client);
    const { ticket: shown } = ticket.parse((await agent.post('/api/v1/ws-tickets')).body);
    client.send({ id: 'hello', op: 'hello', d: { ticket: shown, ...(inbox && { inbox }) } });
    return client;
  };

  /** Somebody sends something: it is in the record, and the chat knows that it waits. */
  const happens = async (text: string, to = [account(joName)], under = account('Somebody')): Promise<PlacedMessage> => {
    const from = account('Somebody');
    const event: DirectEvent = {
      ...{ type: 'sent', id: randomUUID(), from, to, text, gapMs: null },
      ...{ at: 1_000, lamport: 1, vector: {} },
    };
    const payload = new TextEncoder().encode(JSON.stringify(directEvent.parse(event)));
    const sequence = await record.appendAfter(personOf(under), payload, await record.last(personOf(under)));
    const shown = { id: event.id, from: { name: from.name, kind: from.kind }, to: [], text, gapMs: null };
    const message = { ...shown, at: new Date(1_000).toISOString(), lamport: 1, vector: {} };
    const placed = { position: { epoch: chat.epoch, offset: sequence! }, message };
    chat.waiting.push(placed);
    return placed;
  };

  const told = (client: SocketClient): string[] => client.told.filter((each) => each.startsWith('direct'));
  const arrived = (client: SocketClient, text: string) =>
    client.push((push) => push.ev === 'direct' && push.message.text === text);

  describe('over HTTP', () => {
    it('are for those who have signed in', async () => {
      const stranger = supertest.agent(gateway.address);
      for (const answer of [
        await stranger.put(`${path}/${randomUUID()}`).send({ to: ['Al'], text: 'x' }),
        await stranger.get(`${path}?with=Al`),
        await stranger.get('/api/v1/inbox'),
        await stranger.post('/api/v1/inbox/acknowledgements').send({ upTo: { epoch: 1, offset: 1 } }),
      ])
        expect(problem.parse(answer.body)).toMatchObject({ status: 401, code: 'unauthorized' });
    });

    it('have their sender from the session: 201, and 200 for what was sent before', async () => {
      const id = randomUUID();
      const answer = await jo!.put(`${path}/${id}`).send({ to: ['Al', 'Bo'], text: 'hello' });
      expect(answer.status).toBe(201);
      expect(answer.body).toMatchObject({
        message: { id, text: 'hello', from: { name: joName, kind: 'account' } },
        missing: [],
      });
      chat.onSend = (request) => chat.sent(request, [], true);
      expect((await jo!.put(`${path}/${id}`).send({ to: ['Al'], text: 'hello' })).status).toBe(200);
    });

    it('are answered with who is missing when receipts are waited for no longer', async () => {
      chat.onSend = (request) => chat.sent(request, ['Al', 'Bo']);
      const replies = [
        { missing: ['Al', 'Bo'], isOver: false },
        { missing: ['Bo'], isOver: false },
        { missing: ['Bo'], isOver: true },
      ];
      chat.onReceipts = () => replies.shift()!;
      const answer = await jo!.put(`${path}/${randomUUID()}`).send({ to: ['Al', 'Bo'], text: 'x', mode: 'sync' });
      expect([answer.status, answer.body]).toMatchObject([201, { missing: ['Bo'] }]);
      expect(replies).toEqual([]);
    });

    it.each([
      ['nobody', { to: [], text: 'x' }, { code: 'invalid-field', field: '/to' }],
      ['no list', { to: 'Al', text: 'x' }, { code: 'invalid-field', field: '/to' }],
      ['too many', { to: Array.from({ length: 51 }, () => 'Al'), text: 'x' }, { code: 'invalid-field', field: '/to' }],
      ['what is no name', { to: ['Al', 'a b'], text: 'x' }, { code: 'name-character', field: '/to/1', position: 1 }],
      ['no text', { to: ['Al'] }, { code: 'invalid-field', field: '/text' }],
      ['a blank text', { to: ['Al'], text: ' ' }, { code: 'text-blank', field: '/text' }],
      ['an escape sequence', { to: ['Al'], text: 'a\u001b[2J' }, { code: 'text-character', position: 1 }],
      ['a text that is too long', { to: ['Al'], text: 'x'.repeat(8_193) }, { code: 'text-too-long', position: 8_192 }],
      ['a mode that there is not', { to: ['Al'], text: 'x', mode: 'later' }, { code: 'invalid-field', field: '/mode' }],
      ['a field too many', { to: ['Al'], text: 'x', from: 'Bo' }, { code: 'unknown-field', field: '/from' }],
    ])('refuse %s', async (_, body, expected) => {
      const answer = await jo!.put(`${path}/${randomUUID()}`).send(body);
      expect(problem.parse(answer.body)).toMatchObject({ status: 400, ...expected });
      expect(chat.asked.some((asked) => 'to' in (asked as object))).toBe(false);
    });

    it.each([
      ['an id that is no UUID', 'put', `${path}/7`, { to: ['Al'], text: 'x' }, 'invalid-message-id'],
      ['an acknowledgement of nothing', 'post', '/api/v1/inbox/acknowledgements', {}, 'invalid-field'],
      ['a position that is none', 'post', '/api/v1/inbox/acknowledgements', { upTo: 7 }, 'invalid-field'],
      ['a history with nobody', 'get', path, undefined, 'invalid-query'],
      ['an inbox from before its beginning', 'get', '/api/v1/inbox?after=-1', undefined, 'invalid-query'],
    ] as const)('refuse %s', async (_, method, address, body, code) => {
      const answer = await jo![method](address).send(body);
      expect(problem.parse(answer.body)).toMatchObject({ status: 400, code });
    });

    it('are there until they are acknowledged', async () => {
      const placed = await happens('hello');
      expect((await jo!.get('/api/v1/inbox')).body).toEqual({ count: 1, waiting: [placed] });
      expect((await jo!.get(`${path}?with=Somebody`)).body).toEqual({ items: [placed] });
      const answer = await jo!.post('/api/v1/inbox/acknowledgements').send({ upTo: placed.position });
      expect(answer.status).toBe(204);
      expect(chat.asked.at(-1)).toMatchObject({ upTo: placed.position, user: { name: joName } });
    });
  });

  describe('over the WebSocket', () => {
    it('come to each device of those to whom they went, once and in order, and to nobody else', async () => {
      const devices = await Promise.all([connected(jo!), connected(jo!)]);
      const other = await connected(al!);
      await Promise.all([...devices, other].map((client) => client.caughtUp()));
      for (let n = 0; n < 20; n += 1) await happens(String(n));
      await happens('both', [account(joName), account(alName)]);
      for (const client of [...devices, other]) await arrived(client, 'both');
      const all = [...Array.from({ length: 20 }, (_, n) => `direct ${String(n)}`), 'direct both'];
      for (const client of devices) expect(told(client)).toEqual(all);
      expect(told(other)).toEqual(['direct both']);
    });

    it('do not come when they stand where somebody else’s do: that was a stranger', async () => {
      const client = await connected(jo!);
      await client.caughtUp();
      await happens('forged', [account(joName)], account('Another'));
      await happens('true');
      await arrived(client, 'true');
      expect(told(client)).toEqual(['direct true']);
    });

    it('come to the guest to whom they went, and not to another who had the name', async () => {
      const visit = async (): Promise<Agent> => {
        const { token } = openedSession.parse(
          (await supertest(gateway.address).post('/api/v1/sessions').send({ name: 'Visitor' })).body,
        );
        return supertest.agent(gateway.address).set('authorization', `Bearer ${token}`);
      };
      const [one, other] = await Promise.all([connected(await visit()), connected(await visit())]);
      await Promise.all([one.caughtUp(), other.caughtUp()]);
      const sessions = [...chat.sessions].filter(([, { user }]) => user.name === 'Visitor');
      const guests = sessions.map(([session]): Party => ({ name: 'Visitor', kind: 'guest', session }));
      for (const [n, guest] of guests.entries()) await happens(`to ${String(n)}`, [guest]);
      await happens('over', guests);
      await Promise.all([arrived(one, 'over'), arrived(other, 'over')]);
      expect([told(one).length, told(other).length]).toEqual([2, 2]);
      expect(new Set([...told(one), ...told(other)])).toEqual(new Set(['direct to 0', 'direct to 1', 'direct over']));
    });

    it('come after `hello` when they wait, however many, but for those that the client has seen', async () => {
      const all: PlacedMessage[] = [];
      for (let n = 0; n < 230; n += 1) all.push(await happens(String(n)));
      const [fresh, knowing, other] = await Promise.all([
        connected(jo!),
        connected(jo!, all[219]!.position),
        connected(jo!, { ...all[219]!.position, epoch: chat.epoch + 1 }),
      ]);
      await Promise.all([fresh.caughtUp(), knowing.caughtUp(), other.caughtUp()]);
      const texts = all.map(({ message }) => `direct ${message.text}`);
      expect([told(fresh), told(knowing), told(other)]).toEqual([texts, texts.slice(220), texts]);
      expect(fresh.told.at(-1)).toBe('caught_up');
    });

    it('come once while the gateway tells of what waits, wherever it hears of them first', async () => {
      await happens('waits');
      let reached = (): void => undefined;
      let go = (): void => undefined;
      const asked = new Promise<void>((resolve) => (reached = resolve));
      const gate = new Promise<void>((resolve) => (go = resolve));
      chat.onInbox = async (request) => {
        reached();
        await gate;
        const known = chat.inbox(request);
        await happens('after the answer was made');
        return known;
      };
      const client = await connected(jo!);
      await asked;
      await happens('before the answer was made');
      go();
      await arrived(client, 'after the answer was made');
      await client.caughtUp();
      expect(told(client)).toEqual(
        ['waits', 'before the answer was made', 'after the answer was made'].map((text) => `direct ${text}`),
      );
    });

    it('can be checked, and acknowledged', async () => {
      const placed = await happens('hello');
      const client = await connected(jo!);
      client.send({ id: 'check', op: 'check', d: {} });
      expect(await client.reply('check')).toEqual({ re: 'check', ok: true, d: { count: 1, waiting: [placed] } });
      client.send({ id: 'received', op: 'received', d: { upTo: placed.position } });
      expect(await client.reply('received')).toEqual({ re: 'received', ok: true, d: {} });
      expect(chat.asked.at(-1)).toMatchObject({ upTo: placed.position, user: { name: joName } });
    });

    it('are answered in turn, but for those that wait for receipts: one may come over the same connection', async () => {
      let isReceived = (): void => undefined;
      const received = new Promise<void>((resolve) => (isReceived = resolve));
      chat.onSend = (request) => chat.sent(request, request.mode === 'sync' ? [joName] : []);
      chat.onReceipts = async () => {
        await received;
        return { missing: [], isOver: true };
      };
      chat.onAcknowledge = () => isReceived();
      const client = await connected(jo!);
      const message = { to: [joName], text: 'to myself', id: randomUUID() };
      client.send({ id: 'sync', op: 'send', d: { ...message, mode: 'sync' } });
      client.send({ id: 'next', op: 'send', d: message });
      expect(await client.reply('next')).toMatchObject({ ok: true, d: { missing: [], repeated: false } });
      client.send({ id: 'received', op: 'received', d: { upTo: { epoch: 1, offset: 1 } } });
      expect(await client.reply('sync')).toMatchObject({
        ok: true,
        d: { missing: [], message: { text: 'to myself' } },
      });
      expect(client.replies.map(({ re }) => re)).toEqual(['hello', 'next', 'received', 'sync']);
    });

    it('are not sent while too many receipts are waited for', async () => {
      let answer = (): void => undefined;
      const gate = new Promise<void>((resolve) => (answer = resolve));
      chat.onSend = (request) => chat.sent(request, [alName]);
      chat.onReceipts = async () => {
        await gate;
        return { missing: [alName], isOver: true };
      };
      const client = await connected(jo!);
      for (let n = 0; n <= 32; n += 1)
        client.send({ id: String(n), op: 'send', d: { to: [alName], text: 'x', id: randomUUID(), mode: 'sync' } });
      expect(await client.reply('32')).toMatchObject({ ok: false, err: { code: 'overloaded' } });
      answer();
      for (let n = 0; n < 32; n += 1) expect(await client.reply(String(n))).toMatchObject({ ok: true });
    });
  });
});
