// Starts on a real broker. A journal is what its records say: here they are kept in a list.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startBroker, type Broker } from '@parley/broker';
import { buckets } from '@parley/contracts';
import { Bus, KeyValue } from '@parley/messaging';
import { pino } from 'pino';
import { startUnderNonce } from './start.js';

let journals = 0;

class Folder {
  readonly logId = String((journals += 1)).padStart(32, '0');
  nonces: readonly string[] = [];
  /** How many more writes the process lives for, and whether the one that it dies at reaches the disk. */
  lives = Infinity;
  lastReaches = false;

  copy(): Folder {
    return Object.assign(new Folder(), { logId: this.logId, nonces: this.nonces });
  }
}

class Crash extends Error {}

describe('the start of a node', () => {
  let root: string;
  let broker: Broker;
  let bus: Bus;
  const said: string[] = [];
  const log = { warn: (_: object, message: string) => void said.push(message) };

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'parley-start-'));
    broker = await startBroker({ folder: root });
    bus = await Bus.connect({ name: 'node', address: broker, log: pino({ level: 'silent' }) });
  });
  afterAll(async () => {
    await bus.drain();
    await broker.stop();
    await rm(root, { recursive: true });
  });

  const start = (name: string, folder: Folder, mayStartAnew = true): Promise<string> =>
    startUnderNonce({
      bus,
      log,
      self: { name, logId: folder.logId },
      nonces: folder.nonces,
      mayStartAnew,
      record: (nonces) => {
        if (folder.lives > 0 || folder.lastReaches) folder.nonces = nonces;
        if (folder.lives === 0) return Promise.reject(new Crash());
        folder.lives -= 1;
        return Promise.resolve();
      },
    });
  const stored = async (name: string) => (await (await KeyValue.open(bus, buckets.nodes)).get(name)).value;

  it('puts a new nonce into the journal and into the store, each time', async () => {
    const folder = new Folder();
    const first = await start('a', folder);
    expect(await stored('a')).toEqual({ logId: folder.logId, nonce: first });
    const second = await start('a', folder);
    expect(second).not.toBe(first);
    expect(await stored('a')).toEqual({ logId: folder.logId, nonce: second });
    expect(folder.nonces).toEqual([second]);
  });

  it('works after a crash before the journal, between it and the store, and after the store, in any order', async () => {
    const folder = new Folder();
    await start('b', folder);
    const [before, between, after] = [
      [0, false],
      [0, true],
      [1, false],
    ] as const;
    for (const [lives, lastReaches] of [before, between, after, between, between, after, before, after]) {
      Object.assign(folder, { lives, lastReaches });
      await expect(start('b', folder)).rejects.toBeInstanceOf(Crash);
    }
    folder.lives = Infinity;
    await start('b', folder);
  });

  it('is refused to a copy once the original has started again, and says what to do', async () => {
    const folder = new Folder();
    await start('c', folder);
    const copy = folder.copy();
    await start('c', folder);
    await expect(start('c', copy)).rejects.toMatchObject({
      code: 'not-the-last-journal',
      message: expect.stringMatching(/this folder is not the one.*Start c on its own folder/),
    });
    await start('c', folder);
  });

  it('is refused to the original once a copy has started', async () => {
    const folder = new Folder();
    await start('d', folder);
    const copy = folder.copy();
    await start('d', copy);
    await expect(start('d', folder)).rejects.toMatchObject({ code: 'not-the-last-journal' });
  });

  it('is granted to one of a folder and its copy that start at the same time', async () => {
    const folder = new Folder();
    await start('e', folder);
    const ends = await Promise.allSettled([start('e', folder), start('e', folder.copy())]);
    expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('lets an empty journal take the name of a participant, never that of the coordinator', async () => {
    await start('f', new Folder());
    await expect(start('f', new Folder(), false)).rejects.toMatchObject({
      message: expect.stringMatching(/the journal of f is empty.*Bring back its folder/),
    });
    await start('f', new Folder());
  });

  it('works when the store has lost the entry, and says so', async () => {
    const folder = new Folder();
    await start('g', folder);
    said.length = 0;
    const { nonces } = folder;
    await start('g-on-a-new-broker', Object.assign(new Folder(), { logId: folder.logId, nonces }));
    expect(said).toEqual([expect.stringContaining('the broker has no start of this node on record')]);
  });

  it('waits for a store that does not answer, says so once, and goes on when it does', async () => {
    const folder = new Folder();
    await start('h', folder);
    said.length = 0;
    const lost = new Promise<void>((resolve) => bus.onConnection((connected) => !connected && resolve()));
    await broker.kill();
    await lost;
    const starting = start('h', folder);
    broker = await startBroker({ folder: root, connection: broker });
    const nonce = await starting;
    expect(said).toEqual(['waiting for the key-value store of the broker']);
    expect(await stored('h')).toMatchObject({ nonce });
  });
});
