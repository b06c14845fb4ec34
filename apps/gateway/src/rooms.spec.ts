// Rooms over HTTP, as far as they are the gateway's: who asks, what may be asked, and what is answered.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { openedSession, problem, type Problem } from '@parley/contracts';
import { Refusal } from '@parley/messaging';
import supertest from 'supertest';
import type { ScriptedChat } from './testing/scripted-chat.js';
import { Stage, TOKEN } from './testing/stage.js';

// A broker and processes start slowly on a busy machine.
jest.setTimeout(30_000);

const rooms = '/api/v1/rooms';
const messages = `${rooms}/release/messages`;

describe('rooms', () => {
  let stage: Stage;
  let chat: ScriptedChat;
  let stranger: ReturnType<typeof supertest.agent>;
  let jo: ReturnType<typeof supertest.agent>;
  let operator: ReturnType<typeof supertest.agent>;

  beforeAll(async () => {
    stage = await Stage.set();
    chat = await stage.chat();
    const { gateway } = await stage.gateway();
    stranger = supertest.agent(gateway.address);
    operator = supertest.agent(gateway.address).set('authorization', `Bearer ${TOKEN}`);
    const signedIn = await stranger.post('/api/v1/sessions').send({ name: 'Jo', password: 'correct horse' });
    const { token } = openedSession.parse(signedIn.body);
    jo = supertest.agent(gateway.address).set('authorization', `Bearer ${token}`);
  });
  afterAll(() => stage.clear());
  beforeEach(() => {
    chat.onSay = (request) => chat.said(request);
  });

  const problemOf = ({ body, type }: supertest.Response): Problem => {
    expect(type).toBe('application/problem+json');
    return problem.parse(body);
  };

  it('are for those who have signed in', async () => {
    for (const answer of [
      await stranger.get(rooms),
      await stranger.post(rooms).send({ room: 'release' }),
      await stranger.put(`${messages}/${randomUUID()}`).send({ text: 'hello' }),
    ])
      expect(problemOf(answer)).toMatchObject({ status: 401, code: 'unauthorized' });
  });

  it('hear who speaks from the session, and what from the body: 201, and 200 for what was said before', async () => {
    const id = randomUUID();
    const said = await jo.put(`${messages}/${id}`).send({ text: 'hello' });
    expect([said.status, said.body]).toMatchObject([201, { id, text: 'hello', from: { name: 'Jo', kind: 'account' } }]);
    chat.onSay = (request) => chat.said(request, true);
    expect((await jo.put(`${messages}/${id}`).send({ text: 'hello' })).status).toBe(200);
  });

  it('are told once more what a replica died over', async () => {
    let asked = 0;
    let release = (): void => undefined;
    const silent = new Promise<void>((resolve) => (release = resolve));
    chat.onSay = async (request) => {
      asked += 1;
      if (asked === 1) await silent;
      return chat.said(request);
    };
    expect((await jo.put(`${messages}/${randomUUID()}`).send({ text: 'hello' })).status).toBe(201);
    expect(asked).toBe(2);
    release();
  });

  it.each([
    ['an empty text', { text: '' }, { code: 'text-blank', field: '/text' }],
    ['a text of blanks', { text: ' \n' }, { code: 'text-blank' }],
    ['an escape sequence', { text: 'a\u001b[2J' }, { code: 'text-character', position: 1 }],
    ['half of a surrogate pair', '{"text":"a\\ud83c"}', { code: 'text-character', position: 1 }],
    ['a text that is too long', { text: 'x'.repeat(8_193) }, { code: 'text-too-long', position: 8_192 }],
    ['no text', {}, { code: 'invalid-field', field: '/text' }],
    ['a text that is a number', { text: 7 }, { code: 'invalid-field', field: '/text' }],
    ['a sender that is not asked for', { text: 'hello', from: 'Al' }, { code: 'unknown-field', field: '/from' }],
    ['what is no JSON', '{"text":', { code: 'invalid-json' }],
  ])('refuse %s, without asking the chat', async (_, body, expected) => {
    const asked = chat.asked.filter((request) => JSON.stringify(request).includes('"room"')).length;
    const answer = await jo.put(`${messages}/${randomUUID()}`).type('json').send(body);
    expect(problemOf(answer)).toMatchObject({ status: 400, ...expected });
    expect(chat.asked.filter((request) => JSON.stringify(request).includes('"room"'))).toHaveLength(asked);
  });

  it('take a text of the greatest length however it is escaped, and no longer body', async () => {
    const escaped = `{"text":"${'\\u00e9'.repeat(4_096)}"}`;
    expect((await jo.put(`${messages}/${randomUUID()}`).type('json').send(escaped)).status).toBe(201);
    const long = `{"text":"hello"}${' '.repeat(64 * 1024)}`;
    expect(problemOf(await jo.put(`${messages}/${randomUUID()}`).type('json').send(long))).toMatchObject({
      status: 413,
    });
  });

  it.each(['7', 'not-a-uuid', randomUUID().toUpperCase(), `${randomUUID()}x`])(
    'take no %s for a UUID',
    async (uuid) => {
      const answer = await jo.put(`${messages}/${uuid}`).send({ text: 'hello' });
      expect(problemOf(answer)).toMatchObject({ status: 400, code: 'invalid-message-id' });
    },
  );

  it.each(['Release', 'a b', 'a.b', '*', '>', 'x'.repeat(33), '%F0%9F%8E%89'])('are not named %s', async (room) => {
    const answer = await jo.get(`${rooms}/${encodeURIComponent(room)}/messages`);
    expect(problemOf(answer)).toMatchObject({ status: 404, code: 'unknown-room' });
  });

  it('are told how far a sender had been told, if the client says it', async () => {
    await jo.put(`${messages}/${randomUUID()}`).send({ text: 'hello', seen: 7 });
    expect(chat.asked.at(-1)).toMatchObject({ text: 'hello', seen: 7 });
    const answer = await jo.put(`${messages}/${randomUUID()}`).send({ text: 'hello', seen: -1 });
    expect(problemOf(answer)).toMatchObject({ code: 'invalid-field', field: '/seen' });
  });

  it.each([
    ['7', /nothing was said in release at 7/],
    ['0', /no offset/],
    ['1e3', /no offset/],
    ['99999999999999999999', /no offset/],
    ['x', /no offset/],
  ])('explain no message at %s where there is none', async (offset, detail) => {
    const problem = problemOf(await jo.get(`${messages}/${offset}/why`));
    expect(problem).toMatchObject({ status: 404, code: 'unknown-message' });
    expect(problem.detail).toMatch(detail);
  });

  it('are changed by users and by the operator, as the chat says', async () => {
    await jo.patch(`${rooms}/release`).send({ capacity: 7, rulesAt: 3 });
    expect(chat.asked.at(-1)).toMatchObject({ room: 'release', capacity: 7, rulesAt: 3, user: { name: 'Jo' } });
    await operator.patch(`${rooms}/release`).send({ admits: null });
    expect(chat.asked.at(-1)).toEqual({ room: 'release', admits: null, user: null });
    expect(problemOf(await stranger.patch(`${rooms}/release`).send({ capacity: 7 }))).toMatchObject({ status: 401 });
  });

  it.each([
    [{ capacity: 0 }, 'invalid-field', '/capacity'],
    [{ admits: [] }, 'invalid-field', '/admits'],
    [{ admits: ['a b'] }, 'name-character', '/admits/0'],
    [{ rulesAt: 0 }, 'invalid-field', '/rulesAt'],
    [{ agreement: { votes: 'manual' } }, 'unknown-field', '/agreement'],
  ])('are not changed by %j', async (body, code, field) => {
    expect(problemOf(await jo.patch(`${rooms}/release`).send(body))).toMatchObject({ status: 400, code, field });
  });

  it('have clocks that are looked at, started and stopped', async () => {
    expect((await jo.get(`${rooms}/release/clocks`)).body).toMatchObject({ phase: 'stopped', exchanges: 7 });
    expect((await jo.put(`${rooms}/release/clocks`).send({ running: true })).body).toMatchObject({ phase: 'running' });
    const answer = await jo.put(`${rooms}/release/clocks`).send({ running: 'yes' });
    expect(problemOf(answer)).toMatchObject({ code: 'invalid-field', field: '/running' });
    expect(problemOf(await jo.get(`${rooms}/A%20b/clocks`))).toMatchObject({ code: 'unknown-room' });
  });

  describe('have a log', () => {
    const log = `${rooms}/release/log.txt`;
    const events = (count: number, text: string): void => {
      const from = { name: 'Al', kind: 'guest' } as const;
      const place = { room: 'release', epoch: 1, at: 1_000, lamport: 1, vector: {} };
      chat.record.set(
        'release',
        Array.from({ length: count }, (_, n) => {
          const id = `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
          return { ...place, offset: n + 1, type: 'said', id, from, text, gapMs: n === 0 ? null : 12_000 } as const;
        }),
      );
    };

    it('that is a text with a line for each thing that happened, however many', async () => {
      events(250, 'Hello');
      const answer = await jo.get(log);
      expect([answer.status, answer.type]).toEqual([200, 'text/plain']);
      expect(answer.text).toBe(`Al:(-)-Hello\n${'Al:(0:12)-Hello\n'.repeat(249)}`);
      expect((await jo.get(`${log}?after=248`)).text).toBe('Al:(0:12)-Hello\n'.repeat(2));
    });

    it('that can be appended to with a text, which is not changed', async () => {
      const text = ', ; : | )- [ " \' 🎉 שלום\n\ttwo lines';
      const answer = await jo.post(log).type('text/plain').send(`${text}\n`);
      expect([answer.status, answer.body]).toMatchObject([201, { text, from: { name: 'Jo' } }]);
    });

    it.each([
      ['JSON', 'application/json', '{"text":"hello"}', { code: 'unsupported-media-type', detail: /not text\/plain/ }],
      ['a form', 'application/x-www-form-urlencoded', 'text=hello', { code: 'unsupported-media-type' }],
      ['nothing', 'text/plain', '\n', { code: 'text-blank' }],
      ['an escape sequence', 'text/plain', 'a\u001b[2J', { code: 'text-character', position: 1 }],
    ])('that takes no %s', async (_, type, body, { detail, ...expected }: { code: string; detail?: RegExp }) => {
      const refused = problemOf(await jo.post(log).type(type).send(body));
      expect(refused).toMatchObject(expected);
      if (detail) expect(refused.detail).toMatch(detail);
    });

    it('whose messages take no plain text where JSON is asked for', async () => {
      const answer = await jo.put(`${messages}/${randomUUID()}`).type('text/plain').send('hello');
      expect(problemOf(answer)).toMatchObject({ status: 415, detail: 'the body is not application/json' });
    });
  });

  it.each([
    ['after=-1', 'after'],
    ['before=0', 'before'],
    ['limit=101', 'limit'],
    ['limit=many', 'limit'],
    ['from=1', 'from'],
  ])('have no part %s', async (query, field) => {
    expect(problemOf(await jo.get(`${messages}?${query}`))).toMatchObject({ code: 'invalid-query', field });
  });

  it.each([
    [{ room: 'Release' }, '/room'],
    [{ room: 'release', capacity: 0 }, '/capacity'],
    [{ room: 'release', capacity: 1_001 }, '/capacity'],
    [{ room: 'release', admits: [] }, '/admits'],
    [{ room: 'release', guests: 'yes' }, '/guests'],
  ])('are not made as %j', async (body, field) => {
    expect(problemOf(await jo.post(rooms).send(body))).toMatchObject({ status: 400, code: 'invalid-field', field });
  });

  it('are not made for names that nobody can have', async () => {
    const answer = await jo.post(rooms).send({ room: 'release', admits: ['Jo', 'a b'] });
    expect(problemOf(answer)).toMatchObject({ status: 400, code: 'name-character', field: '/admits/1', position: 1 });
  });

  it.each([
    ['unknown-room', 404],
    ['membership-required', 403],
    ['outcome-unknown', 503],
    ['too-many-messages', 429],
    ['room-full', 409],
    ['not-admitted', 403],
  ] as const)('tell what the chat refuses: %s', async (code, status) => {
    const refuse = (): never => {
      throw new Refusal(code, 'for a reason');
    };
    [chat.onSay, chat.onJoin] = [refuse, refuse];
    const isOfJoining = code === 'room-full' || code === 'not-admitted';
    const answer = isOfJoining
      ? await jo.put(`${rooms}/release/members/me`)
      : await jo.put(`${messages}/${randomUUID()}`).send({ text: 'hello' });
    expect(problemOf(answer)).toMatchObject({ status, code, detail: 'for a reason' });
    // When to repeat it, where that helps.
    expect(answer.headers['retry-after']).toBe(status === 503 || status === 429 ? '1' : undefined);
  });
});
