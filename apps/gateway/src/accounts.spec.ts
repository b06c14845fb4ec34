import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { openedSession, problem, type OpenedSession, type Problem } from '@parley/contracts';
import { Refusal } from '@parley/messaging';
import supertest from 'supertest';
import type { ScriptedChat } from './testing/scripted-chat.js';
import { Stage, TOKEN } from './testing/stage.js';

// A broker and processes start slowly on a busy machine.
jest.setTimeout(30_000);

const accounts = '/api/v1/accounts';
const sessions = '/api/v1/sessions';
const current = '/api/v1/sessions/current';

describe('accounts and sessions', () => {
  let stage: Stage;
  let chat: ScriptedChat;
  let client: ReturnType<typeof supertest.agent>;
  let address: string;

  beforeAll(async () => {
    stage = await Stage.set();
    chat = await stage.chat();
    const { gateway } = await stage.gateway();
    address = gateway.address;
    client = supertest.agent(address);
  });
  afterAll(() => stage.clear());

  const signedIn = async (body: object): Promise<OpenedSession> => {
    const answer = await client.post(sessions).send(body);
    expect(answer.status).toBe(201);
    return openedSession.parse(answer.body);
  };
  const withToken = (token: string) => supertest.agent(address).set('authorization', `Bearer ${token}`);
  const problemOf = ({ body, type }: supertest.Response): Problem => {
    expect(type).toBe('application/problem+json');
    return problem.parse(body);
  };

  it('need nobody’s token to begin with', async () => {
    const answer = await client.post(accounts).send({ name: 'Jo', password: 'correct horse' });
    expect([answer.status, answer.body]).toEqual([201, { name: 'Jo', createdAt: expect.any(String) }]);
    expect(chat.asked.at(-1)).toEqual({ name: 'Jo', password: 'correct horse', address: '127.0.0.1' });
  });

  it('show the token to who signed in, and to nobody else', async () => {
    for (const [body, pattern] of [
      [{ name: 'Jo', password: 'correct horse' }, /^pa_/],
      [{ name: 'Al' }, /^pg_/],
    ] as const) {
      const { token } = await signedIn(body);
      expect(token).toMatch(pattern);
      expect((await withToken(token).get(current)).body).toMatchObject({ user: { name: body.name } });
      expect(JSON.stringify([chat.asked, stage.logged])).not.toContain(token);
    }
    expect(JSON.stringify(stage.logged)).not.toContain('correct horse');
  });

  it('end when they are signed out of', async () => {
    const { token } = await signedIn({ name: 'Jo', password: 'correct horse' });
    expect((await withToken(token).delete(current)).status).toBe(204);
    expect(problemOf(await withToken(token).get(current))).toMatchObject({ status: 401, code: 'unauthorized' });
  });

  it.each([
    ['no token', undefined],
    ['the operator’s token, which is that of no session', TOKEN],
    ['what is no token', 'pa_short'],
    ['a token of nobody', `pa_${'A'.repeat(43)}`],
  ])('are not for %s', async (_, token) => {
    const answer = await (token === undefined ? client : withToken(token)).get(current);
    expect(problemOf(answer)).toMatchObject({ status: 401, code: 'unauthorized', field: 'Authorization' });
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer realm="parley"/);
  });

  it('give no right to what is the operator’s', async () => {
    const { token } = await signedIn({ name: 'Al' });
    expect(problemOf(await withToken(token).get('/api/v1/events'))).toMatchObject({ code: 'unauthorized' });
    expect(problemOf(await withToken(token).get('/api/v1/transactions'))).toMatchObject({ code: 'operator-required' });
  });

  it.each([
    ['a blank name', { name: ' ', password: 'correct horse' }, { code: 'name-blank', field: '/name' }],
    ['a name with a line break', { name: 'a\nb', password: 'correct horse' }, { code: 'name-character', position: 1 }],
    ['a name of two scripts', { name: 'Jо', password: 'correct horse' }, { code: 'name-scripts' }],
    ['a name that is a number', { name: 7, password: 'correct horse' }, { code: 'invalid-field', field: '/name' }],
    ['no name', { password: 'correct horse' }, { code: 'invalid-field', field: '/name' }],
    ['a short password', { name: 'Jo', password: 'seven77' }, { code: 'invalid-field', field: '/password' }],
    ['a long password', { name: 'Jo', password: 'x'.repeat(129) }, { code: 'invalid-field', field: '/password' }],
    ['a password with a control character', { name: 'Jo', password: 'correct\u0000horse' }, { code: 'invalid-field' }],
    ['a field too many', { name: 'Jo', password: 'correct horse', admin: true }, { code: 'unknown-field' }],
    ['what is no object', ['Jo'], { code: 'invalid-field' }],
  ])('refuse %s, without asking the chat', async (_, body, expected) => {
    const asked = chat.asked.length;
    const refused = problemOf(await client.post(accounts).send(body));
    expect(refused).toMatchObject({ status: 400, ...expected });
    expect(JSON.stringify(refused)).not.toMatch(/horse|seven77/);
    expect(chat.asked).toHaveLength(asked);
  });

  it('read no more of a body than a name and a password can have', async () => {
    const long = `{"name":"Jo","password":"correct horse"}${' '.repeat(4 * 1024)}`;
    const announced = await client.post(sessions).type('json').send(long);
    expect(problemOf(announced)).toMatchObject({ status: 413, detail: expect.stringContaining('4096 bytes') });
    const streamed = await fetch(address + sessions, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: new Blob([long]).stream(),
      duplex: 'half',
    });
    expect(streamed.status).toBe(413);
  });

  it.each([
    [accounts, 'name-taken', 409, {}],
    [sessions, 'sign-in-failed', 401, { 'www-authenticate': 'Bearer realm="parley"' }],
    [accounts, 'too-many-attempts', 429, { 'retry-after': '30' }],
    [accounts, 'overloaded', 503, { 'retry-after': '1' }],
    [accounts, 'outcome-unknown', 503, { 'retry-after': '1' }],
  ] as const)('tell at %s what the chat refuses: %s', async (path, code, status, headers) => {
    const refuse = (): never => {
      throw new Refusal(code, 'for a reason');
    };
    [chat.onSignUp, chat.onSignIn] = [refuse, refuse];
    const answer = await client.post(path).send({ name: 'Jo', password: 'correct horse' });
    chat.onSignIn = (request) => chat.signIn(request);
    expect(problemOf(answer)).toMatchObject({ status, code, detail: 'for a reason' });
    expect(answer.headers).toMatchObject(headers);
  });

  it('do not tell what went wrong within the chat', async () => {
    chat.onSignUp = () => {
      throw new Error('the secret is 1234');
    };
    const answer = await client.post(accounts).send({ name: 'Jo', password: 'correct horse' });
    expect(problemOf(answer)).toMatchObject({ status: 500, code: 'internal' });
    expect(JSON.stringify(answer.body)).not.toContain('1234');
  });

  it('are asked for again when a replica dies over the question', async () => {
    const { token } = await signedIn({ name: 'Jo', password: 'correct horse' });
    let asked = 0;
    let release = (): void => undefined;
    const silent = new Promise<void>((resolve) => (release = resolve));
    chat.onAuthenticate = () => {
      asked += 1;
      return asked === 1 ? silent : undefined;
    };
    expect((await withToken(token).get(current)).status).toBe(200);
    expect(asked).toBe(2);
    release();
  });

  it('say that nothing was done when there is no chat', async () => {
    const { token } = await signedIn({ name: 'Jo', password: 'correct horse' });
    await chat.stop();
    for (const answer of [
      await client.post(accounts).send({ name: 'Jo', password: 'correct horse' }),
      await client.post(sessions).send({ name: 'Jo' }),
      await withToken(token).get(current),
    ]) {
      expect(problemOf(answer)).toMatchObject({ status: 503, code: 'chat-unreachable' });
      expect(answer.headers['retry-after']).toBe('1');
    }
  });
});
