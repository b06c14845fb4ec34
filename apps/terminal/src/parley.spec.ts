import { createServer, type Server } from 'node:http';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Verification } from '@parley/contracts';
import { nobodysAddress } from './testing/addresses.js';
import { call } from './testing/nodes.js';

describe('parley', () => {
  it.each([[[]], [['--help']], [['-h']], [['help']]])('says what it can do: %j', async (parameters) => {
    const { code, out } = await call('/', parameters);
    expect(code).toBe(0);
    expect(out).toContain('verify   compares ledgers');
  });

  it('refuses a command that it does not have, and says where they are listed', async () => {
    for (const name of ['nonsense', 'constructor']) {
      const { code, out, error } = await call('/', [name]);
      expect({ code, out }).toEqual({ code: 2, out: '' });
      expect(error).toContain(`"${name}". See npm run parley -- --help`);
    }
  });

  it('explains each command', async () => {
    const { code, out } = await call('/', ['verify', '--help']);
    expect(code).toBe(0);
    expect(out).toContain('Exit code: 0 equal, 1 different, 2 it could not be compared.');
  });

  it.each([
    [[], /name a folder/],
    [['a', '--server', 'http://localhost'], /not both/],
    [['a', '--token-file', 'x'], /goes with --server/],
    [['--server', 'localhost:7070'], /takes an address/],
    [['a', '--bok', 'main'], /Unknown option '--bok'/],
    [['a', '--book', 'No Book'], /not the name of a book/],
  ])('refuses what verify does not understand: %j', async (parameters, words) => {
    const { code, error } = await call('/', ['verify', ...parameters]);
    expect(code).toBe(2);
    expect(error).toMatch(words);
    expect(error).toContain('See npm run parley -- verify --help');
  });
});

describe('parley verify --server', () => {
  let folder: string;
  let system: Server;
  let address: string;
  const asked: { url: string | undefined; token: string | undefined }[] = [];
  const answers = new Map<string, { status: number; body: string }>();

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parley-terminal-'));
    await writeFile(join(folder, 'token'), 'secret\n');
    system = createServer((request, response) => {
      asked.push({ url: request.url, token: request.headers.authorization });
      const { status, body } = answers.get(request.url ?? '') ?? { status: 404, body: '{}' };
      response.writeHead(status, { 'content-type': 'application/json' }).end(body);
    });
    await new Promise<void>((resolve) => system.listen(0, '127.0.0.1', resolve));
    address = `http://127.0.0.1:${String((system.address() as AddressInfo).port)}`;
  });
  afterAll(async () => {
    system.close();
    await rm(folder, { recursive: true });
  });

  const verified = (book: string, told: Partial<Verification> = {}): void => {
    const ledgers = ['participant-1', 'participant-2'].map((participant) => ({
      participant,
      lines: 3,
      digest: 'a'.repeat(64),
    }));
    const body: Verification = { book, equal: true, lines: 3, ledgers, missing: [], firstDifference: null, ...told };
    answers.set(`/api/v1/verification?book=${book}`, { status: 200, body: JSON.stringify(body) });
  };
  const verify = (...parameters: string[]) =>
    call(folder, ['verify', '--server', address, ...parameters], { environment: { PARLEY_TOKEN_FILE: 'token' } });

  beforeEach(() => {
    asked.length = 0;
    answers.clear();
    const standing = { registered: true, leaving: false, able: true };
    const participant = {
      id: 'participant-1',
      ...standing,
      live: true,
      complete: true,
      seenAt: null,
      logId: null,
      seat: null,
    };
    const ledgers = ['notes', 'main'].map((book) => ({ book, lines: 3 }));
    answers.set('/api/v1/participants', {
      status: 200,
      body: JSON.stringify({ items: [{ ...participant, ledgers }] }),
    });
    verified('main');
    verified('notes', { missing: ['participant-3'] });
  });

  it('asks the system about every book, with the operator’s token', async () => {
    const { code, out } = await verify();
    expect(code).toBe(0);
    expect(out).toBe(
      [
        'main: equal, 3 lines compared (participant-1 3, participant-2 3)',
        'notes: equal, 3 lines compared (participant-1 3, participant-2 3)',
        '  not compared: participant-3',
        'All equal.',
        '',
      ].join('\n'),
    );
    expect(new Set(asked.map(({ token }) => token))).toEqual(new Set(['Bearer secret']));
  });

  it('names the difference that the system found', async () => {
    const texts = ['one', ''].map((text, index) => ({ participant: `participant-${String(index + 1)}`, text }));
    verified('main', { equal: false, firstDifference: { line: 2, texts } });
    const { code, out } = await verify('--book', 'main');
    expect(code).toBe(1);
    expect(out).toContain('  participant-1  ledger   "one"\n  participant-2  ledger   aborted (empty)\n');
    expect(asked).toHaveLength(1);
  });

  it('tells a problem of the system as the system tells it', async () => {
    const problem = {
      type: '/docs/problems#unauthorized',
      title: 'A valid token is required',
      status: 401,
      code: 'unauthorized',
      detail: 'the token is not the operator’s',
      remedy: 'Send another.',
    };
    answers.set('/api/v1/participants', { status: 401, body: JSON.stringify(problem) });
    expect(await verify()).toEqual({
      code: 2,
      out: '',
      error: 'parley: A valid token is required: the token is not the operator’s. Send another.\n',
    });
  });

  it.each([
    ['<html>', /not JSON: is it Parley/],
    ['{"items":7}', /does not understand/],
  ])('says when something else answers: %s', async (body, words) => {
    answers.set('/api/v1/participants', { status: 200, body });
    expect(await verify()).toMatchObject({ code: 2, error: expect.stringMatching(words) });
  });

  it('says when nothing answers', async () => {
    const nobody = await nobodysAddress();
    const answer = await call(folder, ['verify', '--server', nobody, '--token-file', 'token']);
    expect(answer).toMatchObject({ code: 2, error: expect.stringContaining(`${nobody} does not answer: connect `) });
  });

  it('says which file the token should be in', async () => {
    const answer = await call(folder, ['verify', '--server', address]);
    expect(answer).toMatchObject({ code: 2, error: expect.stringContaining(join(folder, '.parley/operator.token')) });
  });
});
