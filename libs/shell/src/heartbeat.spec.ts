// A heartbeat on a real broker.
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startBroker, type Broker } from '@parley/broker';
import { facts } from '@parley/contracts';
import { Bus } from '@parley/messaging';
import { pino } from 'pino';
import { Heartbeat } from './heartbeat.js';

let folder: string;
let broker: Broker;
let bus: Bus;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-heartbeat-'));
  broker = await startBroker({ folder });
  bus = await Bus.connect({ name: 'node', address: broker, log: pino({ level: 'silent' }) });
});
afterAll(async () => {
  await bus.drain();
  await broker.stop();
  await rm(folder, { recursive: true });
});

it('who is called answers, and ten thousand calls at once with a single heartbeat', async () => {
  const heard = new EventTarget();
  let beats = 0;
  bus.listen(facts.alive, () => {
    beats += 1;
    heard.dispatchEvent(new Event('beat'));
  });
  await bus.flush();
  const heartbeat = new Heartbeat(bus, () => ({
    service: 'participant',
    node: 'a',
    logId: '1'.repeat(32),
    nonce: '2'.repeat(32),
    doubled: false,
    complete: true,
    ledgers: [],
  }));
  for (const expected of [1, 2]) {
    const beat = once(heard, 'beat');
    for (let call = 0; call < 10_000; call += 1) heartbeat.called();
    await beat;
    await bus.flush();
    expect(beats).toBe(expected);
  }
  heartbeat.stop();
});
