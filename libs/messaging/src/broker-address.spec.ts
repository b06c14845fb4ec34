import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brokerAddress } from './broker-address.js';

describe('the address of the broker', () => {
  let PARLEY_DATA: string;
  const connectionFile = (): string => join(PARLEY_DATA, 'broker', 'connection.json');

  beforeEach(async () => {
    PARLEY_DATA = await mkdtemp(join(tmpdir(), 'parley-address-'));
  });
  afterEach(() => rm(PARLEY_DATA, { recursive: true }));

  it('is what the environment names, with the password from a file', async () => {
    const NATS_PASSWORD_FILE = join(PARLEY_DATA, 'password');
    await writeFile(NATS_PASSWORD_FILE, 'hunter2\n');
    const environment = { PARLEY_DATA, NATS_URL: 'nats://nats:4222', NATS_USER: 'jo', NATS_PASSWORD_FILE };
    expect(await brokerAddress(environment)).toEqual({ url: 'nats://nats:4222', user: 'jo', password: 'hunter2' });
  });

  it('may carry the credential in the URL', async () => {
    const environment = { PARLEY_DATA, NATS_URL: 'nats://jo:p%40ss@nats:4222' };
    expect(await brokerAddress(environment)).toEqual({ url: 'nats://nats:4222', user: 'jo', password: 'p@ss' });
  });

  it('is waited for until the launcher has written it', async () => {
    const waiting = brokerAddress({ PARLEY_DATA });
    await mkdir(join(PARLEY_DATA, 'broker'));
    const address = { url: 'nats://127.0.0.1:4222', user: 'jo', password: 'hunter2' };
    await writeFile(`${connectionFile()}.draft`, JSON.stringify(address));
    await rename(`${connectionFile()}.draft`, connectionFile());
    expect(await waiting).toEqual(address);
  });

  it('is in a file of its own for a client that has fewer rights', async () => {
    await mkdir(join(PARLEY_DATA, 'broker'), { recursive: true });
    const address = { url: 'nats://127.0.0.1:4222', user: 'gateway', password: 'less' };
    await writeFile(join(PARLEY_DATA, 'broker', 'gateway.connection.json'), JSON.stringify(address));
    expect(await brokerAddress({ PARLEY_DATA }, undefined, 'gateway')).toEqual(address);
  });

  it('is no longer waited for when the signal aborts', async () => {
    const stop = new AbortController();
    const waiting = brokerAddress({ PARLEY_DATA }, stop.signal);
    stop.abort();
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
  });

  it.each(['{"url": 7}', 'not JSON'])('is refused when the file holds %s', async (text) => {
    await mkdir(join(PARLEY_DATA, 'broker'));
    await writeFile(connectionFile(), text);
    await expect(brokerAddress({ PARLEY_DATA })).rejects.toThrow('is not a connection file');
  });

  it('is refused when the password cannot be read', async () => {
    const environment = { PARLEY_DATA, NATS_URL: 'nats://nats:4222', NATS_PASSWORD_FILE: join(PARLEY_DATA, 'absent') };
    await expect(brokerAddress(environment)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
