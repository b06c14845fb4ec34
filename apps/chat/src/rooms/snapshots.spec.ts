// Nobody reads the whole record: a replica goes on from what others have kept of it, and what it has no memory for comes back.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { buckets, roomStream } from '@parley/contracts';
import { Stream } from '@parley/messaging';
import { pino, type Logger } from 'pino';
import { Store } from '../store.js';
import { account, guest, Stage, type Client } from '../testing/stage.js';
import { Checkpoints } from './checkpoints.js';
import type { RoomRecord } from './record.js';

// A broker starts slowly on a busy machine.
jest.setTimeout(30_000);

const jo = account('Jo');
const al = guest('Al');
const rooms = ['attic', 'cellar', 'kitchen'];

/** Little is remembered, and kept often. */
const limits = { checkpointEvery: 16, recollections: { weight: 1, keepEvery: 8 } };

/** All that a replica knows of the rooms. */
async function known(record: RoomRecord): Promise<unknown> {
  await record.current();
  const all: unknown[] = [];
  for (const name of [...record.rooms.keys()].sort()) {
    const room = record.rooms.get(name)!;
    await record.recall(room);
    all.push(room.outline(), room.remembered?.kept());
  }
  return all;
}

describe('snapshots of rooms', () => {
  let stage: Stage;
  let client: Client;
  let record: RoomRecord;
  let stop: () => Promise<void>;
  const complaints: unknown[] = [];
  const log: Logger = pino({ level: 'warn' }, { write: (line) => void complaints.push(JSON.parse(line)) });

  beforeAll(async () => {
    stage = await Stage.set();
    await stage.replica('chat-1', { record: limits });
    ({ record, stop } = await stage.stoppable('chat-2', { record: limits }));
    client = await stage.client();
    for (const room of rooms) {
      await client.create(jo, room);
      for (const user of [jo, al]) await client.join(user, room);
    }
  });
  afterAll(() => stage.clear());

  /** Something is said in all rooms until the store has a checkpoint after what stands there now. */
  const keptBeyond = async (): Promise<void> => {
    const last = await new Stream(client.bus, roomStream).last();
    const checkpoints = new Checkpoints(client.bus, 1, log);
    while (((await checkpoints.load())?.checkpoint.sequence ?? 0) <= last)
      for (const room of rooms) await client.say(al, room, 'more');
  };

  it('are all that a replica reads that starts, and what came after them', async () => {
    const stranger = new Stream(client.bus, roomStream);
    const junk = new TextEncoder().encode('nobody who reads this is silent about it');
    expect(await stranger.appendAfter('attic', junk, await stranger.last('attic'))).toBeGreaterThan(0);
    await keptBeyond();
    await client.say(jo, 'cellar', 'after the checkpoint');
    const { record: fresh } = await stage.stoppable('chat-3', { record: limits, log });
    await fresh.current();
    expect(complaints).toEqual([]);
    expect(await known(fresh)).toEqual(await known(record));
  });

  it('bring back what a replica has no memory for, whatever was said meanwhile', async () => {
    const said = rooms.flatMap((room) => Array.from({ length: 12 }, () => ({ room, id: randomUUID() })));
    const told = [];
    for (const { room, id } of said) told.push((await client.say(jo, room, 'hello', id)).message);
    for (const [index, { room, id }] of said.entries())
      expect(await client.say(jo, room, 'hello', id)).toEqual({ message: told[index], repeated: true });
    expect([...record.rooms.values()].filter(({ remembered }) => remembered !== undefined)).toHaveLength(1);
    for (const room of rooms)
      expect((await client.history(jo, room, { after: 0, limit: 1 })).items[0]).toMatchObject({
        type: 'created',
        room,
      });
  });

  it('save nobody from the record itself when they are of another one, or are not understood', async () => {
    await keptBeyond();
    await stop();
    const checkpoint = new Store(client.bus, buckets.roomCheckpoint);
    const past = new Store(client.bus, buckets.roomRecollections);
    const { value, revision } = await checkpoint.get('rooms');
    expect(await checkpoint.compareAndSet('rooms', revision, { ...value!, stream: 'another', sequence: 1 })).toBe(true);
    const { revision: of } = await past.get('attic');
    expect(await past.compareAndSet('attic', of, { not: 'understood' } as never)).toBe(true);
    const { record: fresh } = await stage.stoppable('chat-4', { record: limits });
    const all = await known(fresh);
    const { record: other } = await stage.stoppable('chat-5', { record: { ...limits, checkpointEvery: 1_000_000 } });
    expect(await known(other)).toEqual(all);
    expect((await client.history(jo, 'attic', { limit: 1 })).items).toHaveLength(1);
    await keptBeyond();
  });
});
