import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startBroker, type Broker } from '@parley/broker';
import { eventStream, type EventContent, type ProtocolEvent } from '@parley/contracts';
import { Bus, Stream, type StreamReader } from '@parley/messaging';
import { pino } from 'pino';
import { Events } from './events.js';

const begun = (...ids: string[]): EventContent => ({
  type: 'transaction.begun',
  transactions: ids.map((id) => ({ id })),
});
const many = (count: number): EventContent =>
  begun(...Array.from({ length: count }, (_, n) => `main-${String(n + 1)}`));

describe('events of a node', () => {
  let folder: string;
  let broker: Broker;
  let bus: Bus;
  let events: Events;
  let reader: StreamReader;
  /** What a watcher has read, batch by batch. */
  let batches: ProtocolEvent[][];
  let changed: () => void;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parley-events-'));
    broker = await startBroker({ folder });
    bus = await Bus.connect({ name: 'node-1', node: 'node-1', address: broker, log: pino({ level: 'silent' }) });
    events = Events.on(bus, 'node-1', pino({ level: 'silent' }));
    batches = [];
    changed = () => undefined;
    const began = new Promise<void>((resolve) => {
      reader = new Stream(bus, eventStream).read({
        began: () => resolve(),
        away: () => undefined,
        message: ({ payload }) => {
          batches.push(eventStream.body.parse(JSON.parse(new TextDecoder().decode(payload))).events);
          changed();
        },
      });
    });
    await began;
  });
  afterEach(async () => {
    reader.stop();
    await events.close();
    await bus.drain();
    await broker.stop();
    await rm(folder, { recursive: true });
  });

  async function until(isThere: (event: ProtocolEvent) => boolean): Promise<ProtocolEvent[]> {
    while (!batches.flat().some(isThere)) await new Promise<void>((resolve) => (changed = resolve));
    return batches.flat();
  }
  const concerns = (id: string) => (event: ProtocolEvent) => event.transactions.some((each) => each.id === id);

  it('are told in their order, each with who, when, and clocks that grow', async () => {
    events.tell(begun('main-1'));
    events.tell(begun('main-2', 'main-3'));
    const [first, second] = await until(concerns('main-3'));
    expect(first).toMatchObject({ type: 'transaction.begun', node: 'node-1', transactions: [{ id: 'main-1' }] });
    expect(second!.id).not.toBe(first!.id);
    expect(second!.lamport).toBeGreaterThan(first!.lamport);
    expect(second!.vector['node-1']).toBeGreaterThan(first!.vector['node-1']!);
  });

  it('are sent in batches: a thousand in a row make a few messages', async () => {
    for (let number = 1; number <= 1_000; number += 1) events.tell(begun(`main-${String(number)}`));
    await until(concerns('main-1000'));
    expect(batches.length).toBeLessThan(10);
  });

  it('wait while there is no broker, without holding up who tells them, and are told when it is back', async () => {
    await broker.kill();
    events.tell(begun('main-1'));
    broker = await startBroker({ folder, connection: broker });
    events.tell(begun('main-2'));
    expect((await until(concerns('main-2'))).map(({ transactions }) => transactions)).toEqual([
      [{ id: 'main-1' }],
      [{ id: 'main-2' }],
    ]);
  });

  it('are dropped beyond a bound, and it is told how many, in their place', async () => {
    await broker.kill();
    for (let number = 0; number < 25; number += 1) events.tell(many(1_000));
    broker = await startBroker({ folder, connection: broker });
    await until(concerns('main-1000'));
    while (batches.flat().length < 19) await new Promise<void>((resolve) => (changed = resolve));
    events.tell(begun('other-1'));
    const told = await until(concerns('other-1'));
    expect(told.map(({ type }) => type).slice(-3)).toEqual([
      'transaction.begun',
      'events.dropped',
      'transaction.begun',
    ]);
    expect(told.at(-2)).toMatchObject({ count: 25 - 19 });
  });

  it('that are left at an orderly stop are still sent', async () => {
    events.tell(begun('main-1'));
    await events.close();
    await until(concerns('main-1'));
  });
});
