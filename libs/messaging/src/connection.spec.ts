import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Bus } from './bus.js';
import { CuttableWire } from './testing/cuttable-wire.js';
import { double, greeted, who } from './testing/contracts.js';
import { recordedLog } from './testing/recorded-log.js';
import { serve, type Serving } from './testing/served.js';
import { Stage } from './testing/stage.js';

const timeoutMs = 2_000;

/** Resolves when the bus tells that it is connected, or is not. */
const becomes = (bus: Bus, connected: boolean): Promise<void> =>
  new Promise((resolve) => {
    bus.onConnection((now) => {
      if (now === connected) {
        resolve();
      }
    });
  });

describe('the connection to the broker', () => {
  let stage: Stage;
  let asker: Bus;
  let server: Bus;
  let serving: Serving;

  beforeEach(async () => {
    stage = await Stage.set();
    asker = await stage.bus('asker');
    server = await stage.bus('server');
    serving = await serve(server, 'node-1');
  });
  afterEach(() => stage.clear());

  async function loseBroker(): Promise<void> {
    const lost = Promise.all([asker, server].map((bus) => becomes(bus, false)));
    await stage.broker.kill();
    await lost;
  }

  async function regainBroker(): Promise<void> {
    const regained = Promise.all([asker, server].map((bus) => becomes(bus, true)));
    await stage.restartBroker();
    await regained;
  }

  it('comes back by itself when the broker was killed and started again, and says so once', async () => {
    await loseBroker();
    expect(asker.connected).toBe(false);
    await regainBroker();
    expect(asker.connected).toBe(true);
    expect(await asker.request(double, { number: 21 }, { timeoutMs })).toEqual({ number: 42 });
    expect(await asker.requestNode(who, 'node-1', {}, { timeoutMs })).toEqual({ node: 'node-1' });
    // Two buses speak into this log.
    expect(stage.log.said('lost the broker, reconnecting')).toHaveLength(2);
    expect(stage.log.said('connected to the broker again')).toHaveLength(2);
  });

  it('fails a request at once while it is lost', async () => {
    await loseBroker();
    const startedAt = performance.now();
    const request = asker.request(double, { number: 1 }, { timeoutMs: 60_000 });
    await expect(request).rejects.toMatchObject({ code: 'disconnected' });
    expect(performance.now() - startedAt).toBeLessThan(100);
  });

  describe('of one node alone', () => {
    let wire: CuttableWire;
    let alone: Bus;

    beforeEach(async () => {
      wire = await CuttableWire.to(stage.broker.url);
      stage.onClear(() => wire.cut());
      const { user, password } = stage.broker;
      alone = await Bus.connect({ name: 'alone', address: { url: wire.url, user, password }, log: stage.log.logger });
      stage.onClear(() => alone.drain());
    });

    async function cut(): Promise<void> {
      await Promise.all([becomes(alone, false), wire.cut()]);
    }

    it('sends what was told while it was lost, in order, once it is back', async () => {
      await cut();
      ['Jo', 'Ann', 'Kim'].forEach((name) => alone.publish(greeted, { name }));
      await Promise.all([becomes(alone, true), wire.mend()]);
      await alone.request(double, { number: 1 }, { timeoutMs });
      expect(serving.service.greeted).toEqual(['Jo', 'Ann', 'Kim']);
    });

    it('gathers after it is back, when that is before the time-out', async () => {
      await cut();
      const replies: number[] = [];
      const onReply = ({ number }: { number: number }): void => void replies.push(number);
      const gathered = alone.gather(double, { number: 4 }, { timeoutMs: 30_000, expected: 1, onReply });
      await wire.mend();
      await gathered;
      expect(replies).toEqual([8]);
    });

    it('ends a gather at its time-out, without an error, when it is not back by then', async () => {
      await cut();
      const replies: number[] = [];
      const onReply = ({ number }: { number: number }): void => void replies.push(number);
      await alone.gather(double, { number: 4 }, { timeoutMs: 50, expected: 1, onReply });
      await Promise.all([becomes(alone, true), wire.mend()]);
      await alone.request(double, { number: 1 }, { timeoutMs });
      expect(serving.service.calls).toHaveLength(1);
      expect(replies).toEqual([]);
    });

    it('still hears the answer to a request that was under way, when it is back in time', async () => {
      let answer = (): void => undefined;
      serving.service.gate = new Promise((resolve) => (answer = resolve));
      const reached = new Promise<void>((resolve) => (serving.service.onRequest = resolve));
      const request = alone.request(double, { number: 5 }, { timeoutMs: 30_000 });
      await reached;
      await cut();
      await Promise.all([becomes(alone, true), wire.mend()]);
      answer();
      expect(await request).toEqual({ number: 10 });
    });

    it('closes at once while it is lost, and ends what is under way', async () => {
      let answer = (): void => undefined;
      serving.service.gate = new Promise((resolve) => (answer = resolve));
      const request = alone.request(double, { number: 5 }, { timeoutMs: 30_000 });
      const failed = expect(request).rejects.toMatchObject({ code: 'disconnected' });
      await cut();
      await alone.drain();
      await failed;
      answer();
    });
  });

  it('brings back what was sent on it, unless that is not wanted', async () => {
    const heard: string[] = [];
    const buses = await Promise.all(
      [true, false].map((hearsItself) =>
        Bus.connect({ name: 'test', address: stage.broker, log: stage.log.logger, hearsItself }),
      ),
    );
    for (const bus of buses) {
      stage.onClear(() => bus.drain());
      bus.listen(greeted, ({ name }) => heard.push(name));
      await bus.flush();
    }
    const [hears, deaf] = buses as [Bus, Bus];
    hears.publish(greeted, { name: 'Jo' });
    await hears.flush();
    await deaf.flush();
    expect(heard).toEqual(['Jo', 'Jo']);
    deaf.publish(greeted, { name: 'Al' });
    await deaf.flush();
    await hears.flush();
    expect(heard).toEqual(['Jo', 'Jo', 'Al']);
  });

  it('is waited for, which is said once, and takes the address anew with each attempt', async () => {
    const log = recordedLog();
    let attempts = 0;
    const address = async () => {
      attempts++;
      return attempts < 3 ? { url: 'nats://127.0.0.1:1' } : stage.broker;
    };
    const bus = await Bus.connect({ name: 'patient', address, log: log.logger });
    stage.onClear(() => bus.drain());
    expect(attempts).toBe(3);
    expect(log.said('waiting for the broker')).toHaveLength(1);
    expect(log.said('connected to the broker')).toHaveLength(1);
  });

  it('is no longer waited for when the signal aborts', async () => {
    const stop = new AbortController();
    const log = recordedLog();
    const address = async () => {
      setImmediate(() => stop.abort());
      return { url: 'nats://127.0.0.1:1' };
    };
    const connecting = Bus.connect({ name: 'impatient', address, log: log.logger, signal: stop.signal });
    await expect(connecting).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('waits also while its credential is refused, and does not log the credential', async () => {
    const stop = new AbortController();
    const log = recordedLog();
    const { url, user } = stage.broker;
    log.onLine(() => stop.abort());
    const address = { url, user, password: 'hunter2' };
    const connecting = Bus.connect({ name: 'stranger', address, log: log.logger, signal: stop.signal });
    await expect(connecting).rejects.toMatchObject({ name: 'AbortError' });
    expect(log.lines).toEqual([
      expect.objectContaining({ msg: 'waiting for the broker', reason: expect.stringMatching(/authorization/i) }),
    ]);
    expect(JSON.stringify(log.lines)).not.toMatch('hunter2');
  });
});
