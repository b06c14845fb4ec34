import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Bus } from './bus.js';
import { double, greeted, who } from './testing/contracts.js';
import { serve, type Serving } from './testing/served.js';
import { Stage } from './testing/stage.js';

const timeoutMs = 2_000;

describe('a service on the bus', () => {
  let stage: Stage;
  let asker: Bus;

  beforeEach(async () => {
    stage = await Stage.set();
    asker = await stage.bus('asker');
  });
  afterEach(() => stage.clear());

  it('answers what is under way before it closes, and takes nothing more', async () => {
    const bus = await stage.bus('server');
    const { service, close } = await serve(bus, 'node-1');
    let answer = (): void => undefined;
    service.gate = new Promise((resolve) => (answer = resolve));
    const reached = new Promise<void>((resolve) => (service.onRequest = resolve));
    const request = asker.request(double, { number: 5 }, { timeoutMs });
    await reached;

    let closed = false;
    const closing = close().then(() => (closed = true));
    await bus.flush();
    await expect(asker.request(double, { number: 6 }, { timeoutMs })).rejects.toMatchObject({ code: 'no-responder' });
    expect(closed).toBe(false);

    answer();
    expect(await request).toEqual({ number: 10 });
    await closing;
    expect(bus.connected).toBe(true);
  });

  it('is one of many that hear each request, unless they share a queue', async () => {
    const nodes: Serving[] = [];
    for (const node of ['node-1', 'node-2']) {
      nodes.push(await serve(await stage.bus(node), node));
    }
    const heard = (): number[] => nodes.map(({ service }) => service.calls.length);

    await asker.gather(double, { number: 1 }, { timeoutMs, expected: 2, onReply: () => undefined });
    expect(heard()).toEqual([1, 1]);

    for (let number = 0; number < 20; number++) {
      await asker.request({ ...double, subject: 'parley.v1.test.shared' }, { number }, { timeoutMs });
    }
    expect(heard().reduce((sum, count) => sum + count)).toBe(2 + 20);
  });

  it('hears facts, and ignores what does not parse', async () => {
    const { service } = await serve(await stage.bus('server'), 'node-1');
    const stranger = await stage.stranger();
    stranger.publish(greeted.subject, '{"name": "Jo"}');
    stranger.publish(greeted.subject, '{"name": 7}');
    stranger.publish(greeted.subject, '{"name": "Ann", "age": 8}');
    await stranger.flush();
    await asker.request(double, { number: 1 }, { timeoutMs });
    expect(service.greeted).toEqual(['Jo', 'Ann']);
    expect(stage.log.said('refused a message that does not parse')).toHaveLength(1);
  });

  it('hears facts without Nest as well, until it stops listening', async () => {
    const heard: string[] = [];
    const trace = 'b'.repeat(32);
    const listening = asker.listen(greeted, ({ name }, call) => heard.push(`${name} ${call.trace}`));
    await asker.flush();
    const teller = await stage.bus('teller');
    teller.publish(greeted, { name: 'Jo' }, { trace });
    await teller.flush();
    await asker.flush();
    listening.stop();
    teller.publish(greeted, { name: 'Ann' });
    await teller.flush();
    await asker.flush();
    expect(heard).toEqual([`Jo ${trace}`]);
  });

  it('tells how often a service refused what parses, and logs it once', async () => {
    const server = await stage.bus('server');
    await serve(server, 'node-2');
    for (let number = 0; number < 1_000; number++) {
      server.refuse('commit', 'another list', { transaction: `main-${String(number)}` });
      server.count('commit', 'a usual thing');
    }
    const stranger = await stage.stranger();
    const stats = (await stranger.request('$SRV.STATS.doubler')).json<{ refused: unknown[] }>();
    expect(stats.refused).toEqual([
      { subject: 'commit', reason: 'another list', count: 1_000 },
      { subject: 'commit', reason: 'a usual thing', count: 1_000 },
    ]);
    expect(stage.log.said('refused a message for what it says')).toEqual([
      expect.objectContaining({ reason: 'another list', transaction: 'main-0' }),
    ]);
  });

  it('refuses names that would break a subject', async () => {
    await expect(serve(asker, 'node.*')).rejects.toThrow('a node name is');
  });

  it('shows itself to standard NATS tooling', async () => {
    await serve(await stage.bus('server'), 'node-1');
    const stranger = await stage.stranger();
    await asker.request(double, { number: 1 }, { timeoutMs });
    await stranger.request(double.subject, 'garbage');

    const ping = (await stranger.request('$SRV.PING')).json<{ id: string }>();
    expect(ping).toEqual({
      type: 'io.nats.micro.v1.ping_response',
      name: 'doubler',
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      version: '1.0.0',
      metadata: { node: 'node-1' },
    });
    expect((await stranger.request('$SRV.INFO.doubler')).json()).toMatchObject({
      type: 'io.nats.micro.v1.info_response',
      endpoints: expect.arrayContaining([
        { name: 'test-double', subject: double.subject, queue_group: '', metadata: {} },
        { name: 'test-shared', subject: 'parley.v1.test.shared', queue_group: 'shared', metadata: {} },
        { name: 'test-who-node-1', subject: who.subjectOf('node-1'), queue_group: '', metadata: {} },
      ]),
    });
    const stats = (await stranger.request(`$SRV.STATS.doubler.${ping.id}`)).json<{ endpoints: unknown[] }>();
    expect(stats).toMatchObject({ type: 'io.nats.micro.v1.stats_response', started: expect.stringMatching(/Z$/) });
    expect(stats.endpoints[0]).toMatchObject({
      name: 'test-double',
      num_requests: 2,
      num_errors: 1,
      last_error: 'the body is not JSON',
      average_processing_time: expect.any(Number),
    });
    expect(stats).toMatchObject({ refused: [{ subject: double.subject, reason: 'the body is not JSON', count: 1 }] });
  });
});
