import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { connectionFileOf, greet, greetExternalBroker, readConnection, startBroker, type Broker } from './index.js';

/** Speaks just enough of the NATS protocol to sign in and say something, and gives what the server answers to that or to a PING. */
const signIn = (url: string, credential: { user?: string; pass?: string }, saying = ''): Promise<string> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname).setEncoding('utf8');
    const done = (answer: string) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('error', reject);
    socket.on('data', (text: string) => {
      for (const line of text.split('\r\n')) {
        if (line.startsWith('INFO'))
          socket.write(`CONNECT ${JSON.stringify({ verbose: false, ...credential })}\r\n${saying}PING\r\n`);
        else if (line !== '') done(line);
      }
    });
  });

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

const parentOf = async (pid: number): Promise<number> =>
  Number((await promisify(execFile)('ps', ['-o', 'ppid=', '-p', String(pid)])).stdout);

/** Resolved when nothing answers at the address any more: asking is the only way to see a stranger's child end. */
const goneFrom = async (url: string): Promise<void> => {
  try {
    await greet(url);
  } catch {
    return;
  }
  await goneFrom(url);
};

describe('a broker', () => {
  let folder: string;
  const started: Broker[] = [];
  const start = async (options: Partial<Parameters<typeof startBroker>[0]> = {}): Promise<Broker> => {
    const broker = await startBroker({ folder, ...options });
    started.push(broker);
    return broker;
  };
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parley broker '));
  });
  afterEach(async () => {
    for (const broker of started.splice(0)) await broker.kill();
    await rm(folder, { recursive: true });
  });

  it('answers on 127.0.0.1 with JetStream when it is started, and is gone when it is stopped', async () => {
    const broker = await start();
    expect(new URL(broker.url).hostname).toBe('127.0.0.1');
    expect(await greet(broker.url)).toEqual({ version: broker.version, jetstream: true, authRequired: true });
    await broker.stop();
    expect(await broker.exited).toEqual({ code: 0, signal: null });
    expect(isAlive(broker.pid)).toBe(false);
    await expect(greet(broker.url)).rejects.toMatchObject({ code: 'broker-unreachable' });
    expect(await readConnection(broker.connectionFile)).toBeUndefined();
  });

  it('lets in who has its credential, and nobody else', async () => {
    const { url, user, password } = await start();
    expect(await signIn(url, { user, pass: password })).toBe('PONG');
    expect(await signIn(url, {})).toContain('Authorization Violation');
    expect(await signIn(url, { user, pass: 'guessed' })).toContain('Authorization Violation');
  });

  it('lets a client with fewer rights publish to nothing that was named, with a credential of its own', async () => {
    const limited = { gateway: ['must.*'] };
    const broker = await start({ limited });
    const file = connectionFileOf(folder, 'gateway');
    const { url, user, password } = (await readConnection(file))!;
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(password).not.toBe(broker.password);
    const publishing = (subject: string) => signIn(url, { user, pass: password }, `PUB ${subject} 0\r\n\r\n`);
    expect(await publishing('may.do')).toBe('PONG');
    expect(await publishing('must.not')).toContain('Permissions Violation for Publish to "must.not"');
    expect(await signIn(url, { user: broker.user, pass: broker.password }, 'PUB must.not 0\r\n\r\n')).toBe('PONG');
    await broker.kill();
    const second = await start({ limited, connection: broker });
    expect(second.limited).toEqual({ gateway: { user, password } });
    expect(await readConnection(file)).toEqual({ url, user, password });
  });

  it('keeps its credential in files of the owner alone and out of the argument list', async () => {
    const broker = await start();
    const configuration = join(folder, 'broker', 'nats-server.conf');
    for (const path of [broker.connectionFile, configuration]) {
      expect((await stat(path)).mode & 0o777).toBe(0o600);
      expect(await readFile(path, 'utf8')).toContain(broker.password);
    }
    expect(await readFile(broker.logFile, 'utf8')).not.toContain(broker.password);
    const { stdout } = await promisify(execFile)('ps', ['-ww', '-o', 'args=', '-p', String(broker.pid)]);
    expect(stdout.trimEnd()).toMatch(/nats-server -c .*nats-server\.conf$/);
    expect(stdout).not.toContain(broker.password);
  });

  it('has another credential each time', async () => {
    const first = await start();
    await first.stop();
    const second = await start();
    expect(second.password).not.toBe(first.password);
    expect(second.user).not.toBe(first.user);
  });

  it('forces every write to the disk and keeps messages below 1 MB', async () => {
    const configuration = join((await start()).connectionFile, '..', 'nats-server.conf');
    const text = await readFile(configuration, 'utf8');
    expect(text).toMatch(/^ {2}sync_interval: always$/m);
    expect(text).toMatch(/^max_payload: 1MB$/m);
  });

  it('says what it is that died, and the end of its log, when it is killed from outside', async () => {
    const broker = await start();
    process.kill(broker.pid, 'SIGKILL');
    const exit = await broker.exited;
    expect(exit).toMatchObject({ code: null, signal: 'SIGKILL', error: { code: 'broker-died' } });
    expect(exit.error?.message).toMatch(/ended by itself \(signal SIGKILL\)[^]*Server is ready\n.*broker\.log\)$/);
  });

  it('comes back on the same port with the same credential in place of one that died', async () => {
    const first = await start();
    await first.kill();
    expect(await first.exited).toEqual({ code: null, signal: 'SIGKILL' });
    const second = await start({ connection: first });
    expect(second).toMatchObject({ url: first.url, user: first.user, password: first.password });
    expect(await readConnection(second.connectionFile)).toEqual({
      url: first.url,
      user: first.user,
      password: first.password,
    });
  });

  it('does not outlive its supervisor', async () => {
    const broker = await start();
    process.kill(await parentOf(broker.pid), 'SIGKILL');
    expect(await broker.exited).toMatchObject({ signal: 'SIGKILL', error: { code: 'broker-died' } });
    await goneFrom(broker.url);
  });

  it('cannot start on a port that is taken, and leaves nothing running', async () => {
    const first = await start();
    const other = await mkdtemp(join(tmpdir(), 'parley-broker-'));
    try {
      await expect(startBroker({ folder: other, connection: first })).rejects.toMatchObject({
        code: 'broker-not-started',
        message: expect.stringContaining('address already in use'),
      });
      await expect(readFile(join(other, 'broker', 'connection.json'))).rejects.toMatchObject({ code: 'ENOENT' });
    } finally {
      await rm(other, { recursive: true });
    }
  });

  it('reports what a binary says that does not take the configuration', async () => {
    const fake = join(folder, 'nats-server');
    const script = 'if [ "$1" = --version ]; then echo v2.99.0; else echo "unknown field" >&2; exit 1; fi';
    await writeFile(fake, `#!/bin/sh\n${script}\n`);
    await chmod(fake, 0o755);
    await expect(start({ environment: { NATS_SERVER_BIN: fake } })).rejects.toMatchObject({
      code: 'broker-not-started',
      message: expect.stringMatching(/\(exit code 1\)[^]*unknown field/),
    });
  });

  it('refuses a folder that cannot be written', async () => {
    const file = join(folder, 'a-file');
    await writeFile(file, '');
    await expect(startBroker({ folder: file })).rejects.toMatchObject({ code: 'broker-folder' });
  });

  it('is found by NATS_URL, past addresses at which nothing answers', async () => {
    const broker = await start();
    const environment = { NATS_URL: `nats://127.0.0.1:1, ${broker.url}` };
    expect(await greetExternalBroker(environment)).toEqual({ url: broker.url, version: broker.version });
  });
});

describe('an external broker', () => {
  it('is none when NATS_URL is not set', async () => {
    expect(await greetExternalBroker({})).toBeUndefined();
  });

  it('is an error when it does not answer', async () => {
    await expect(greetExternalBroker({ NATS_URL: 'nats://127.0.0.1:1' })).rejects.toMatchObject({
      code: 'broker-unreachable',
      message: expect.stringContaining('nats://127.0.0.1:1'),
    });
  });
});
