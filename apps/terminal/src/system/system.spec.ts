// What `tx` and `vote` ask a system, and what they say of its answers.
import { createServer, type Server } from 'node:http';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { routes } from '@parley/contracts';
import { nobodysAddress } from '../testing/addresses.js';
import { call } from '../testing/nodes.js';

const committed = routes.propose.answers[200].example;
const deciding = routes.propose.answers[202].example;
const why = routes.readEvidence.answers[200].example;

describe('a running system', () => {
  let folder: string;
  let system: Server;
  let address: string;
  const asked: string[] = [];
  const answers = new Map<string, { status: number; body: unknown }>();

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parley-terminal-'));
    await writeFile(join(folder, 'token'), 'secret\n');
    system = createServer((request, response) => {
      void (async () => {
        let body = '';
        for await (const chunk of request) body += String(chunk);
        const { authorization, prefer, 'idempotency-key': key } = request.headers;
        expect(authorization).toBe('Bearer secret');
        const what = `${request.method ?? ''} ${request.url ?? ''}`;
        asked.push([what, body, prefer, key].filter((part) => part !== undefined && part !== '').join(' '));
        const answer = answers.get(what) ?? { status: 404, body: {} };
        response.writeHead(answer.status, { 'content-type': 'application/json' });
        response.end(answer.status === 204 ? '' : JSON.stringify(answer.body));
      })();
    });
    await new Promise<void>((resolve) => system.listen(0, '127.0.0.1', resolve));
    address = `http://127.0.0.1:${String((system.address() as AddressInfo).port)}`;
  });
  afterAll(async () => {
    system.close();
    await rm(folder, { recursive: true });
  });
  beforeEach(() => {
    asked.length = 0;
    answers.clear();
  });

  const parley = (...parameters: string[]) =>
    call(folder, [...parameters, '--server', address, '--token-file', 'token']);

  it('is proposed a string to, and says what became of it', async () => {
    answers.set('POST /api/v1/transactions', { status: 200, body: committed });
    const told = await parley('tx', 'propose', 'release 1.4.0', '--wait', '10', '--key', 'k');
    expect(told).toEqual({
      code: 0,
      out: 'main-42  committed, in 3 of 3 ledgers, proposed by operator: release 1.4.0 to production\n',
      error: '',
    });
    expect(asked).toEqual(['POST /api/v1/transactions {"value":"release 1.4.0"} wait=10 k']);
  });

  it('has not decided in time: exit code 1, but only for who waited', async () => {
    answers.set('POST /api/v1/transactions', { status: 202, body: deciding });
    expect(await parley('tx', 'propose', 'x', '--wait', '1')).toMatchObject({ code: 1 });
    expect(await parley('tx', 'propose', 'x')).toMatchObject({
      code: 0,
      out: expect.stringContaining('deciding (voting)'),
    });
  });

  it('lists what is in doubt, with its age and who is missing', async () => {
    const inDoubt = { ...deciding, phase: 'recovering', inDoubt: { ageMs: 12_340, missing: ['participant-2'] } };
    answers.set('GET /api/v1/transactions?state=in-doubt', { status: 200, body: { items: [inDoubt], next: null } });
    const { out } = await parley('tx', 'list', '--state', 'in-doubt');
    expect(out).toContain(
      'main-42  deciding (recovering), in doubt for 12.3 s, missing: participant-2, in 0 of 3 ledgers',
    );
  });

  it('says why', async () => {
    answers.set('GET /api/v1/transactions/main-42/evidence', { status: 200, body: why });
    const { out } = await parley('tx', 'why', 'main-42');
    expect(out).toContain('rule:             quorum-acknowledged');
    expect(out).toContain('votes:            participant-1 yes, participant-2 yes, participant-3 yes');
    expect(out).toContain('acknowledgements: participant-1, participant-3 (2 were needed)');
    expect(JSON.parse((await parley('tx', 'why', 'main-42', '--json')).out)).toEqual(why);
  });

  it('takes votes of people', async () => {
    const requests = routes.listRequests.answers[200].example;
    answers.set('PUT /api/v1/participants/participant-1/seat', {
      status: 200,
      body: routes.takeSeat.answers[200].example,
    });
    answers.set('GET /api/v1/participants/participant-1/requests', { status: 200, body: requests });
    answers.set('POST /api/v1/transactions/release-7/votes', { status: 200, body: routes.vote.answers[200].example });
    answers.set('POST /api/v1/transactions/release-7/acknowledgements', {
      ...{ status: 200, body: routes.acknowledge.answers[200].example },
    });
    answers.set('DELETE /api/v1/participants/participant-1/seat', { status: 204, body: undefined });
    expect((await parley('vote', 'sit', 'participant-1')).out).toBe('operator votes for participant-1.\n');
    expect((await parley('vote', 'open', 'participant-1')).out).toContain('vote  release-7 for participant-1, until ');
    const { out } = await parley('vote', 'commit', 'release-7', 'participant-1');
    expect(out).toBe('participant-1 votes commit on release-7: it is forced there (waiting).\n');
    expect((await parley('vote', 'ack', 'release-7', 'participant-1')).code).toBe(0);
    expect((await parley('vote', 'stand', 'participant-1')).out).toBe('The seat of participant-1 is free.\n');
    expect(asked[2]).toBe('POST /api/v1/transactions/release-7/votes {"participant":"participant-1","vote":"commit"}');
  });

  it.each([
    [['tx'], /say what: propose, show, list or why/],
    [['tx', 'undo'], /not "undo"/],
    [['tx', 'propose', 'two', 'words'], /one text or transaction at a time/],
    [['tx', 'show', '../x'], /no transaction's id/],
    [['tx', 'propose', 'x', '--wait', 'long'], /--wait takes a number/],
    [['tx', 'list', '--state', 'odd'], /--state is deciding/],
    [['vote', 'commit', 'main-1'], /name one participant/],
    [['vote', 'ack', 'nothing', 'participant-1'], /name a transaction/],
  ])('is not asked what is not understood: %j', async (parameters, words) => {
    const { code, error } = await parley(...parameters);
    expect({ code, asked }).toEqual({ code: 2, asked: [] });
    expect(error).toMatch(words);
    expect(error).toContain(`See npm run parley -- ${parameters[0]!} --help`);
  });

  it.each([
    ['tx', 'list'],
    ['vote', 'open', 'participant-1'],
  ])('is away: exit code 1, and why: %s', async (...parameters) => {
    const there = ['--server', await nobodysAddress(), '--token-file', 'token'];
    expect(await call(folder, [...parameters, ...there])).toEqual({
      code: 1,
      out: '',
      error: expect.stringMatching(/^parley: http:\S+ does not answer: connect ECONNREFUSED /),
    });
  });

  it('has to be named', async () => {
    expect(await call(folder, ['tx', 'list'])).toMatchObject({
      code: 1,
      error: expect.stringMatching(/say which system/),
    });
  });
});
