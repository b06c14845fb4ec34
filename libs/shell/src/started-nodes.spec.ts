// What a real broker's store says of starts, and what becomes of an entry when the broker loses its disk.
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startBroker, type Broker } from '@parley/broker';
import { Bus } from '@parley/messaging';
import { pino } from 'pino';
import { startUnderNonce } from './start.js';
import { StartedNodes } from './started-nodes.js';

const self = { name: 'a', logId: '1'.repeat(32) };

describe('the starts on record', () => {
  let root: string;
  let broker: Broker;
  let bus: Bus;
  let started: StartedNodes;
  const changes = new EventTarget();
  const said = { warn: (_: object, message: string) => void changes.dispatchEvent(new Event(message)) };

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'parley-started-'));
    broker = await startBroker({ folder: join(root, 'first') });
    bus = await Bus.connect({ name: 'node', address: broker, log: pino({ level: 'silent' }) });
    started = new StartedNodes(bus, said);
  });
  afterAll(async () => {
    started.stop();
    await bus.drain();
    await broker.stop();
    await rm(root, { recursive: true });
  });

  const becomes = (connected: boolean): Promise<void> =>
    new Promise((resolve) => bus.onConnection((now) => now === connected && resolve()));

  it('are nothing for a name under which nobody has started, and the nonce and the journal of the last one', async () => {
    expect(await started.under('a')).toBeNull();
    const record = (): Promise<void> => Promise.resolve();
    const nonce = await startUnderNonce({ bus, log: said, self, nonces: [], mayStartAnew: true, record });
    expect(await started.under('a')).toEqual({ logId: self.logId, nonce });
    started.keep(self, nonce);
  });

  it('are unknown while the store does not answer, and put back by who lives when it comes back empty', async () => {
    const before = await started.under('a');
    const lost = becomes(false);
    await broker.kill();
    await lost;
    expect(await started.under('a')).toBe('unknown');
    const back = once(changes, 'the broker has lost that this node was started: it is put back');
    broker = await startBroker({ folder: join(root, 'second'), connection: broker });
    await back;
    // Asked until it is there: the message comes before the write.
    let found = await started.under('a');
    while (found === null || found === 'unknown') found = await started.under('a');
    expect(found).toEqual(before);
  });
});
