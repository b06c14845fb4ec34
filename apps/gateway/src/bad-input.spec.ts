import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MAX_BODY_BYTES, MAX_LINE_BYTES, problem, problemKinds, type Problem } from '@parley/contracts';
import supertest, { type Response } from 'supertest';
import { Stage, TOKEN, type Operator } from './testing/stage.js';

const path = '/api/v1/transactions';

/** The problem an answer is; it must be one in every respect. */
function problemOf(answer: Response): Problem {
  const parsed = problem.parse(JSON.parse(answer.text));
  const { status, title, remedy } = problemKinds[parsed.code];
  expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
  expect(answer.status).toBe(status);
  expect(parsed).toMatchObject({ type: `/docs/problems#${parsed.code}`, status, title, remedy });
  expect(parsed.correlation).toBe(answer.headers['x-correlation-id']);
  return parsed;
}

describe('bad input', () => {
  let stage: Stage;
  let address: string;
  let operator: Operator;

  beforeAll(async () => {
    stage = await Stage.set();
    await stage.coordinator();
    const { gateway, operator: client } = await stage.gateway();
    ({ address } = gateway);
    operator = client;
  });
  afterAll(() => stage.clear());

  const send = (body: string | Buffer): supertest.Test =>
    operator
      .post(path)
      .set('content-type', 'application/json')
      .serialize((raw: unknown) => raw as string)
      .send(body as string);

  describe('in the body', () => {
    it.each([
      ['nothing', '', { code: 'invalid-json', position: 0 }],
      ['no JSON', 'release 1.4.0', { code: 'invalid-json', position: 0 }],
      ['JSON that ends early', '{"value": "a"', { code: 'invalid-json', position: 13 }],
      ['a comma too many', '{"value": "a",}', { code: 'invalid-json', position: 14 }],
      [
        'a character outside the basic plane before the fault',
        '{"value": "🚀" x}',
        { code: 'invalid-json', position: 14 },
      ],
      ['a byte order mark', '\ufeff{"value":"a"}', { code: 'invalid-json', position: 0 }],
      ['text after the object', '{"value":"a"} {}', { code: 'invalid-json', position: 14 }],
      ['deep nesting', '['.repeat(100_000), { code: 'invalid-json', position: 16 }],
      ['deep nesting within a field', `{"value":${'['.repeat(100_000)}`, { code: 'invalid-json', position: 24 }],
      ['an array', '[]', { code: 'invalid-field', field: '' }],
      ['null', 'null', { code: 'invalid-field', field: '' }],
      ['no value', '{}', { code: 'invalid-field', field: '/value', detail: '/value: missing' }],
      ['a value that is no string', '{"value":7}', { code: 'invalid-field', field: '/value' }],
      ['a field given twice', '{"value":"a","value":"b"}', { code: 'invalid-field', field: '/value', position: 13 }],
      ['an unknown field', '{"value":"a","vlaue":"b"}', { code: 'unknown-field', field: '/vlaue' }],
      [
        'an unknown field of timeouts',
        '{"value":"a","timeouts":{"a/b":1}}',
        { code: 'unknown-field', field: '/timeouts/a~1b' },
      ],
      ['__proto__', '{"value":"a","__proto__":{"x":1}}', { code: 'unknown-field', field: '/__proto__' }],
      ['constructor', '{"value":"a","constructor":{}}', { code: 'unknown-field', field: '/constructor' }],
      ['prototype', '{"value":"a","prototype":{}}', { code: 'unknown-field', field: '/prototype' }],
      [
        'a timeout that is too short',
        '{"value":"a","timeouts":{"voteMs":1}}',
        { code: 'invalid-field', field: '/timeouts/voteMs' },
      ],
      [
        'an infinite timeout',
        '{"value":"a","timeouts":{"voteMs":1e999}}',
        { code: 'invalid-field', field: '/timeouts/voteMs' },
      ],
      ['an empty string', '{"value":""}', { code: 'value-empty', field: '/value', position: 0 }],
      ['a line break', '{"value":"ab\\ncd"}', { code: 'value-character', field: '/value', position: 2 }],
      ['a line separator', '{"value":"ab\u2028"}', { code: 'value-character', field: '/value', position: 2 }],
      ['a control character', '{"value":"🚀\\u0007"}', { code: 'value-character', field: '/value', position: 1 }],
      ['half of a surrogate pair', '{"value":"a\\ud83d"}', { code: 'value-surrogate', field: '/value', position: 1 }],
      ['a book with a capital', '{"value":"a","book":"Main"}', { code: 'invalid-book', field: '/book' }],
      ['a book with an empty name', '{"value":"a","book":""}', { code: 'invalid-book', field: '/book' }],
      ['a book with a long name', `{"value":"a","book":"${'b'.repeat(33)}"}`, { code: 'invalid-book', field: '/book' }],
      ['a book with a path', '{"value":"a","book":"../x"}', { code: 'invalid-book', field: '/book' }],
      ['a book that is no string', '{"value":"a","book":null}', { code: 'invalid-book', field: '/book' }],
    ])('%s', async (_, body, expected) => {
      expect(problemOf(await send(body))).toMatchObject(expected);
    });

    it('a string that is too long: the position is the first character that no longer fits', async () => {
      const value = 'ä'.repeat(MAX_LINE_BYTES / 2);
      expect((await send(JSON.stringify({ value }))).status).toBe(202);
      const refused = problemOf(await send(JSON.stringify({ value: `${value}a` })));
      expect(refused).toMatchObject({ code: 'value-too-long', field: '/value', position: MAX_LINE_BYTES / 2 });
    });

    it('bytes that are not UTF-8: the position is the first byte that does not fit', async () => {
      const body = Buffer.concat([Buffer.from('{"value":"é'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')]);
      expect(problemOf(await send(body))).toMatchObject({ code: 'invalid-utf8', position: 13 });
    });

    it('UTF-8 that ends within a character', async () => {
      const body = Buffer.concat([Buffer.from('{"value":"'), Buffer.from([0xf0, 0x9f])]);
      expect(problemOf(await send(body))).toMatchObject({ code: 'invalid-utf8', position: 12 });
    });

    it('an unknown field with an endless name is not sent back in full', async () => {
      const answer = await send(JSON.stringify({ value: 'a', ['x'.repeat(100_000)]: 1 }));
      expect(problemOf(answer)).toMatchObject({ code: 'unknown-field' });
      expect(answer.text.length).toBeLessThan(1_000);
    });
  });

  describe('in the size and the type of the body', () => {
    it('the largest body is read', async () => {
      const body = `{"value":"a"}${' '.repeat(MAX_BODY_BYTES - 13)}`;
      expect((await send(body)).status).toBe(202);
    });

    it('a larger one is refused', async () => {
      expect(problemOf(await send(' '.repeat(MAX_BODY_BYTES + 1)))).toMatchObject({ code: 'body-too-large' });
    });

    it('one that never ends is refused while it comes, and the connection is closed', async () => {
      const answer = await endless(address, 'POST', path);
      expect(answer.status).toBe(413);
      expect(problem.parse(JSON.parse(answer.text))).toMatchObject({ code: 'body-too-large' });
      expect(answer.sentBytes).toBeLessThan(64 * 1024 * 1024);
    });

    it.each([
      ['another type', 'content-type', 'text/plain'],
      ['a type that only looks like JSON', 'content-type', 'application/jsonp'],
      ['another charset', 'content-type', 'application/json; charset=latin1'],
      ['compression', 'content-encoding', 'gzip'],
    ])('%s is refused', async (_, header, value) => {
      const answer = await send('{"value":"a"}').set(header, value);
      expect(problemOf(answer)).toMatchObject({ code: 'unsupported-media-type' });
    });

    it('utf-8 may be named', async () => {
      expect((await send('{"value":"a"}').set('content-type', 'application/json; charset=UTF-8')).status).toBe(202);
    });
  });

  describe('in the token', () => {
    it.each([
      ['none', undefined],
      ['a wrong one', 'Bearer wrong'],
      ['one that begins right', `Bearer ${TOKEN.slice(0, -1)}`],
      ['another scheme', `Basic ${TOKEN}`],
      ['no scheme', TOKEN],
    ])('%s', async (_, authorization) => {
      const client = supertest(address).post(path).send({ value: 'a' });
      const answer = await (authorization === undefined ? client : client.set('authorization', authorization));
      expect(problemOf(answer)).toMatchObject({ code: 'unauthorized', field: 'Authorization' });
      expect(answer.headers['www-authenticate']).toMatch(/^Bearer realm="parley"/);
    });

    it('the scheme may be written in any case', async () => {
      const answer = await supertest(address).get('/api/v1/participants').set('authorization', `bEaReR ${TOKEN}`);
      expect(answer.status).toBe(200);
    });

    it('it is looked at before the body is', async () => {
      const answer = await supertest(address).post(path).set('content-type', 'application/json').send('{"value":');
      expect(problemOf(answer)).toMatchObject({ code: 'unauthorized' });
    });

    it('it never stands in the log', async () => {
      await operator.get('/api/v1/participants').query({ token: TOKEN });
      await operator.get(`/${TOKEN}`);
      expect(JSON.stringify(stage.logged)).not.toContain(TOKEN);
    });
  });

  describe('in the address', () => {
    it.each([
      ['an unknown id', `${path}/main-9999`, 'unknown-transaction'],
      ['an id without a number', `${path}/main`, 'unknown-transaction'],
      ['an id with a number that begins with zero', `${path}/main-01`, 'unknown-transaction'],
      ['an id that is encoded', `${path}/..%2f..%2fmain-1`, 'unknown-transaction'],
      ['an endless id', `${path}/${'x'.repeat(5_000)}`, 'unknown-transaction'],
      ['evidence of an unknown id', `${path}/main-9999/evidence`, 'unknown-transaction'],
      ['an unknown participant', '/api/v1/participants/participant-9/ledgers/main', 'unknown-participant'],
      ['a participant with a wildcard', '/api/v1/participants/*/ledgers/main', 'unknown-participant'],
      ['a participant with dots', '/api/v1/participants/a.b/ledgers/main', 'unknown-participant'],
      ['a book that can be none', '/api/v1/participants/participant-1/ledgers/MAIN', 'unknown-ledger'],
      ['nothing', '/api/v1/nothing', 'unknown-route'],
      ['an address that cannot be decoded', '/api/v1/transactions/%zz', 'unknown-route'],
      ['a trailing slash', `${path}/`, 'unknown-route'],
    ])('%s', async (_, url, code) => {
      expect(problemOf(await operator.get(url))).toMatchObject({ code, status: 404 });
    });

    it('an address where there is nothing is said so, whatever is sent there', async () => {
      const posted = supertest(address).post('/api/v1/nothing').set('content-type', 'application/json').send('{');
      expect(problemOf(await posted)).toMatchObject({ code: 'unknown-route' });
      const answer = await endless(address, 'POST', '/health/live');
      expect(problem.parse(JSON.parse(answer.text))).toMatchObject({ code: 'method-not-allowed' });
      expect(answer.sentBytes).toBeLessThan(64 * 1024 * 1024);
    });

    it('a body where none is read does not keep the connection', async () => {
      const answer = await endless(address, 'GET', '/health/live');
      expect(answer.status).toBe(200);
      expect(answer.sentBytes).toBeLessThan(64 * 1024 * 1024);
    });

    it.each([
      ['PUT', path, 'GET, HEAD, POST'],
      ['DELETE', `${path}/main-1`, 'GET, HEAD'],
      ['POST', '/health/live', 'GET, HEAD'],
      ['OPTIONS', '/openapi.json', 'GET, HEAD'],
    ])('%s %s names the methods that it takes', async (method, url, allow) => {
      const verb = method.toLowerCase() as 'put' | 'delete' | 'post' | 'options';
      const answer = await operator[verb](url);
      expect(problemOf(answer)).toMatchObject({ code: 'method-not-allowed' });
      expect(answer.headers['allow']?.split(', ').sort().join(', ')).toBe(allow);
    });
  });

  describe('in the query', () => {
    it.each([
      ['an unknown parameter', 'colour=red', 'colour'],
      ['__proto__', '__proto__=1', '__proto__'],
      ['an unknown state', 'state=done', 'state'],
      ['a book that can be none', 'book=MAIN', 'book'],
      ['a limit of nothing', 'limit=0', 'limit'],
      ['a limit that is too high', 'limit=501', 'limit'],
      ['a limit that is no number', 'limit=many', 'limit'],
      ['a parameter given twice', 'limit=1&limit=2', 'limit'],
      ['a cursor of our own making', `cursor=${Buffer.from('{"book":"x"}').toString('base64url')}`, 'cursor'],
      ['a cursor that is no base64', 'cursor=%21%21', 'cursor'],
      ['an endless cursor', `cursor=${'a'.repeat(500)}`, 'cursor'],
    ])('%s', async (_, query, field) => {
      expect(problemOf(await operator.get(`${path}?${query}`))).toMatchObject({ code: 'invalid-query', field });
    });
  });

  describe('in HTTP itself', () => {
    it('what is not HTTP gets a plain 400', async () => {
      expect(await raw(address, 'what is this\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    });

    it('headers that are too large get a plain 431', async () => {
      const text = `GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`;
      expect(await raw(address, text)).toMatch(/^HTTP\/1\.1 431 /);
    });

    it('requests that are sent without waiting for answers are answered in order', async () => {
      const one = (url: string): string => `GET ${url} HTTP/1.1\r\nHost: x\r\n\r\n`;
      const last = 'GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
      const answers = await raw(address, one('/health/live') + one('/nothing') + last);
      expect([...answers.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual(['200', '404', '200']);
    });
  });

  it('every answer carries the headers that keep a browser from guessing', async () => {
    for (const url of ['/health/live', path, '/nothing', '/openapi.json', '/docs']) {
      const { headers } = await operator.get(url);
      expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' });
      expect(headers['content-security-policy']).toContain("default-src 'none'");
    }
  });

  it('nothing of all this was logged as a mistake of the server', () => {
    expect(stage.logged.filter(({ level }) => level >= 50)).toEqual([]);
  });
});

/** Sends a body without an end until the connection is closed; gives the answer and how much had been sent. */
function endless(
  address: string,
  method: string,
  url: string,
): Promise<{ status: number; text: string; sentBytes: number }> {
  return new Promise((resolve, reject) => {
    const chunk = Buffer.alloc(64 * 1024, ' ');
    let sentBytes = 0;
    let answered: { status: number; text: string } | undefined;
    const headers = {
      authorization: `Bearer ${TOKEN}`,
      'content-type': 'application/json',
      'transfer-encoding': 'chunked',
    };
    const request = httpRequest(`${address}${url}`, { method, headers });
    const more = (): void => {
      while (!request.destroyed) {
        sentBytes += chunk.length;
        if (!request.write(chunk)) return;
      }
    };
    request.on('drain', more).on('response', (response: IncomingMessage) => {
      let text = '';
      response.on('data', (data: Buffer) => (text += data.toString()));
      response.on('end', () => (answered = { status: response.statusCode ?? 0, text }));
    });
    // The server closes on a sender that does not stop; what counts is that the answer was there before.
    request.on('error', () => undefined);
    request.on('close', () => {
      if (answered) resolve({ ...answered, sentBytes });
      else reject(new Error('closed without an answer'));
    });
    more();
  });
}

/** What the server sends on a connection on which this text came, until it closes it. */
function raw(address: string, text: string): Promise<string> {
  const { hostname, port } = new URL(address);
  return new Promise((resolve, reject) => {
    let received = '';
    const socket = connect(Number(port), hostname, () => socket.write(text));
    socket.on('data', (data) => (received += data.toString()));
    socket.on('end', () => resolve(received)).on('error', reject);
  });
}
