import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { routes } from '@parley/contracts';
import { SmallGateway } from '../testing/small-gateway.js';
import { redacted, type WireEntry } from '../wire.js';
import { MisunderstoodAnswer, ProblemAnswer, ServerUnreachable } from './failures.js';
import { HttpClient } from './http-client.js';

describe('an HTTP client', () => {
  let gateway: SmallGateway;
  let http: HttpClient;
  const wire: WireEntry[] = [];

  beforeAll(async () => {
    gateway = await SmallGateway.start();
    http = new HttpClient({ server: gateway.address, wire: (entry) => wire.push(entry) });
  });
  afterAll(() => gateway.stop());
  beforeEach(() => {
    gateway.asked.length = 0;
    gateway.answers.clear();
  });

  const answers = (what: string, status: number, body: unknown): void =>
    void gateway.answers.set(what, { status, body: JSON.stringify(body) });

  it('puts what it is told into path, query, headers and body', async () => {
    const jo = http.as('pa_secret');
    answers('GET /api/v1/rooms/kitchen/messages?after=2', 200, { epoch: 1, items: [] });
    answers('POST /api/v1/transactions', 202, routes.propose.answers[202].example);
    await jo.ask('readMessages', { places: { room: 'kitchen' }, query: { after: 2 } });
    const told = await jo.ask('propose', { body: { value: 'a "b"' }, headers: { 'idempotency-key': 'k' } });
    expect(told).toMatchObject({ status: 202, body: { id: 'main-42' } });
    expect(gateway.asked).toEqual([
      expect.objectContaining({ authorization: 'Bearer pa_secret' }),
      expect.objectContaining({ what: 'POST /api/v1/transactions', body: '{"value":"a \\"b\\""}' }),
    ]);
  });

  it('lets no text leave its place in a path', async () => {
    answers('GET /api/v1/rooms/..%2Faccounts%3Fa', 200, routes.readRoom.answers[200].example);
    await http.ask('readRoom', { places: { room: '../accounts?a' } });
    expect(gateway.asked).toHaveLength(1);
  });

  it('reads an answer without a body, and a text', async () => {
    answers('DELETE /api/v1/sessions/current', 204, undefined);
    gateway.answers.set('GET /api/v1/rooms/kitchen/log.txt', {
      status: 200,
      body: '* Jo came in\n',
      type: 'text/plain',
    });
    expect(await http.ask('signOut')).toMatchObject({ status: 204, body: undefined });
    expect(await http.ask('readLog', { places: { room: 'kitchen' } })).toMatchObject({ body: '* Jo came in\n' });
  });

  it('throws the problem that it is answered with', async () => {
    const problem = { type: '', title: 'Full', status: 409, code: 'room-full', detail: 'it takes 2', remedy: 'Wait.' };
    answers('PUT /api/v1/rooms/kitchen/members/me', 409, problem);
    const joined = http.ask('joinRoom', { places: { room: 'kitchen' } });
    await expect(joined).rejects.toThrow(ProblemAnswer);
    await expect(joined).rejects.toThrow('Full: it takes 2. Wait.');
  });

  it.each([
    [200, '<html>', /not JSON: is it Parley\?/],
    [200, '{"items":7}', /does not understand/],
    [418, '{}', /answered 418: is it Parley\?/],
  ])('says when something else answers: %d %s', async (status, body, words) => {
    gateway.answers.set('GET /api/v1/rooms', { status, body });
    const asked = http.ask('listRooms');
    await expect(asked).rejects.toThrow(MisunderstoodAnswer);
    await expect(asked).rejects.toThrow(words);
  });

  it('says when nothing answers, and why', async () => {
    const asked = http.at('http://127.0.0.1:1').ask('listRooms');
    await expect(asked).rejects.toThrow(ServerUnreachable);
    await expect(asked).rejects.toThrow(/^http:\/\/127\.0\.0\.1:1 does not answer: .+/);
  });

  it('shows what goes over the wire, and no password', async () => {
    answers('POST /api/v1/sessions', 201, routes.signIn.answers[201].example);
    wire.length = 0;
    await http.ask('signIn', { body: { name: 'Jo', password: 'correct horse' } });
    expect(wire).toEqual([
      { direction: 'sent', what: 'POST /api/v1/sessions', body: { name: 'Jo', password: '***' } },
      { direction: 'received', what: '201', body: expect.objectContaining({ token: '***' }) },
    ]);
  });

  it('finds secrets however deep they are', () => {
    expect(redacted({ a: [{ Authorization: 'x', b: { token: 'y', c: 1 } }] })).toEqual({
      a: [{ Authorization: '***', b: { token: '***', c: 1 } }],
    });
  });
});
