// Nobody can drown a room, or take all rooms that there are.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { account, guest, refusal, Stage, type Client } from '../testing/stage.js';

// A broker starts slowly on a busy machine.
jest.setTimeout(30_000);

const jo = account('Jo');
const BURST = 30;

describe('rooms in a flood', () => {
  let stage: Stage;
  let client: Client;

  beforeAll(async () => {
    stage = await Stage.set();
    for (const node of ['chat-1', 'chat-2']) await stage.replica(node, { pace: { burst: BURST, everyMs: 3_600_000 } });
    client = await stage.client();
  });
  afterAll(() => stage.clear());

  it('are not drowned by one who says too much: that one is refused, and nobody else', async () => {
    const flood = guest('Flood');
    await client.create(jo, 'drowned');
    for (const user of [jo, flood]) await client.join(user, 'drowned');
    const told = await Promise.allSettled(
      Array.from({ length: 10 * BURST }, () => client.say(flood, 'drowned', 'buy', randomUUID())),
    );
    const said = told.filter(({ status }) => status === 'fulfilled');
    expect(said.length).toBeGreaterThan(0);
    // As much as each of two replicas allows, less the coming in.
    expect(said.length).toBeLessThan(2 * BURST);
    for (const each of told)
      if (each.status === 'rejected') expect(each.reason).toMatchObject(refusal('too-many-messages', /Flood|your/));
    for (let n = 0; n < BURST / 2; n += 1) await client.say(jo, 'drowned', 'tea?');
    await client.leave(flood, 'drowned');
    expect((await client.read('drowned')).members.map(({ name }) => name)).toEqual(['Jo']);
  });

  it('are so many of one account at most', async () => {
    const maker = account('Maker');
    for (let n = 0; n < 50; n += 1) await client.create(maker, `made-${String(n)}`);
    await expect(client.create(maker, 'one-more')).rejects.toMatchObject(refusal('too-many-rooms', /has made 50/));
    expect(await client.create(jo, 'one-more')).toMatchObject({ createdBy: 'Jo' });
  });
});
