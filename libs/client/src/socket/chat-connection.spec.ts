// The client against servers on real ports that die, are silent, or tell what it does not know.
import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it } from '@jest/globals';
import { MAX_FRAME_BYTES } from '@parley/contracts';
import type { Told } from '../core/connection.js';
import { CommandTooLarge, ConnectionEnded } from '../http/failures.js';
import { HttpClient } from '../http/http-client.js';
import { openLine } from '../node/line.js';
import { SmallGateway, SmallStore } from '../testing/small-gateway.js';
import type { WireEntry } from '../wire.js';
import { ChatConnection, type ConnectionOptions } from './chat-connection.js';

const gateways: SmallGateway[] = [];
const connections: ChatConnection[] = [];

afterEach(async () => {
  for (const connection of connections.splice(0)) connection.stop();
  await Promise.all(gateways.splice(0).map((gateway) => gateway.stop()));
});

const gateway = async (store?: SmallStore): Promise<SmallGateway> => {
  const started = await SmallGateway.start(store);
  gateways.push(started);
  return started;
};

class Listener {
  readonly told: Told[] = [];
  readonly wire: WireEntry[] = [];
  readonly connection: ChatConnection;
  private look = (): void => undefined;

  constructor(servers: readonly SmallGateway[], options: Partial<ConnectionOptions> = {}) {
    const [first, ...others] = servers.map(({ address }) => address);
    this.connection = new ChatConnection({
      servers: [first!, ...others],
      http: new HttpClient({ server: first!, token: 'pa_secret', wire: (entry) => this.wire.push(entry) }),
      open: openLine,
      hear: (told) => {
        this.told.push(told);
        this.look();
      },
      wire: (entry) => this.wire.push(entry),
      chance: () => 0,
      ...options,
    });
    connections.push(this.connection);
    this.connection.start();
  }

  /** Resolves when it has been told so often of something of this type. */
  async until(type: Told['type'], times = 1): Promise<void> {
    while (this.told.filter((told) => told.type === type).length < times)
      await new Promise<void>((resolve) => (this.look = resolve));
  }

  get texts(): string[] {
    return this.told.flatMap((told) => (told.type === 'event' && told.event.type === 'said' ? [told.event.text] : []));
  }
}

describe('a chat connection', () => {
  it('says something, and hears it once, where it stands in the room', async () => {
    const served = await gateway();
    const listener = new Listener([served]);
    const id = randomUUID();
    const { message, repeated } = await listener.connection.command('say', { room: 'kitchen', id, text: 'Tea?' });
    const own = expect.stringMatching(/^127\.0\.0\.1:\d+$/);
    const { host: server } = new URL(served.address);
    expect(listener.told[1]).toEqual({ type: 'connected', server: 0, ends: { own, server } });
    expect({ id: message.id, repeated }).toEqual({ id, repeated: false });
    expect(listener.texts).toEqual(['Tea?']);
    expect(listener.connection.progress.rooms).toEqual({ kitchen: { epoch: 1, offset: 1 } });
  });

  it('says again, under the same UUID, what a server took and died before it answered', async () => {
    const store = new SmallStore();
    const [first, second] = [await gateway(store), await gateway(store)];
    first.swallows = 1;
    const listener = new Listener([first, second]);
    const said = { room: 'kitchen', id: randomUUID(), text: 'Tea?' };
    await expect(listener.connection.command('say', said)).resolves.toMatchObject({ repeated: true });
    expect(second.commands).toMatchObject([
      { op: 'hello', d: { positions: {} } },
      { op: 'say', d: said },
    ]);
    expect(store.said).toHaveLength(1);
    expect(listener.texts).toEqual(['Tea?']);
  });

  it('moves to another server when its own is killed, and keeps trying while all are away', async () => {
    const store = new SmallStore();
    const [first, second] = [await gateway(store), await gateway(store)];
    const listener = new Listener([first, second]);
    await listener.until('live');
    await first.stop();
    await listener.until('live', 2);
    store.say('kitchen', randomUUID(), 'meanwhile');
    await listener.until('event');
    await second.stop();
    await listener.until('lost', 4);
    expect(listener.texts).toEqual(['meanwhile']);
    expect(listener.told.at(-1)).toMatchObject({ type: 'lost', reason: expect.stringContaining('does not answer') });
    gateways.length = 0;
  });

  it('goes on where an earlier connection was', async () => {
    const store = new SmallStore();
    store.say('kitchen', randomUUID(), 'before');
    store.say('kitchen', randomUUID(), 'after');
    const served = await gateway(store);
    const listener = new Listener([served], {
      progress: { rooms: { kitchen: { epoch: 1, offset: 1 } }, inbox: null },
    });
    await listener.until('live');
    expect(listener.texts).toEqual(['after']);
    expect(listener.told).toContainEqual({ type: 'synced', room: 'kitchen', how: 'resumed', count: 1 });
  });

  it('lets go of a server that says nothing for too long', async () => {
    const store = new SmallStore();
    const [first, second] = [await gateway(store), await gateway(store)];
    const passing: (() => void)[] = [];
    const after = (ms: number, then: () => void): (() => void) => {
      if (ms === 0) setImmediate(then);
      if (ms === 40_000) passing.push(then);
      return () => passing.splice(passing.indexOf(then), 1);
    };
    const listener = new Listener([first, second], { after });
    await listener.until('live');
    passing.at(-1)!();
    await listener.until('live', 2);
    expect(listener.told).toContainEqual({ type: 'lost', reason: 'the server says nothing', retryMs: 0 });
    expect(listener.told.at(-1)).toEqual({ type: 'live', server: 1 });
  });

  it('keeps to itself what does not fit into a frame, for which a server would let it go', async () => {
    const listener = new Listener([await gateway()]);
    const say = (text: string): Promise<unknown> =>
      listener.connection.command('say', { room: 'kitchen', id: randomUUID(), text });
    await expect(say('🎉'.repeat(MAX_FRAME_BYTES / 4))).rejects.toThrow(CommandTooLarge);
    await say('after it');
    expect(listener.texts).toEqual(['after it']);
    expect(listener.told.map(({ type }) => type)).not.toContain('lost');
  });

  it('ends when the session is over, and says so to whoever waits', async () => {
    const served = await gateway();
    const body = { type: '', title: 'A valid token is required', status: 401, code: 'unauthorized', detail: 'd' };
    served.answers.set('POST /api/v1/ws-tickets', { status: 401, body: JSON.stringify({ ...body, remedy: 'r' }) });
    const listener = new Listener([served]);
    const said = listener.connection.command('say', { room: 'kitchen', id: randomUUID(), text: 'Tea?' });
    await expect(said).rejects.toThrow(new ConnectionEnded('A valid token is required: d. r'));
    expect(listener.told.at(-1)).toMatchObject({ type: 'ended' });
  });

  it('goes on when whoever is told fails, and does not keep that to itself', async () => {
    const { address } = await gateway();
    const connection = new ChatConnection({
      servers: [address],
      http: new HttpClient({ server: address }),
      open: openLine,
      hear: ({ type }) => {
        if (type === 'connecting') throw new Error('a defect of the screen');
      },
    });
    connections.push(connection);
    expect(() => connection.start()).toThrow('a defect of the screen');
    const said = connection.command('say', { room: 'kitchen', id: randomUUID(), text: 'Tea?' });
    await expect(said).resolves.toMatchObject({ repeated: false });
  });

  it('shows the wire without its secrets', async () => {
    const listener = new Listener([await gateway()]);
    await listener.until('live');
    expect(listener.wire.slice(0, 4)).toEqual([
      { direction: 'sent', what: 'POST /api/v1/ws-tickets', body: undefined },
      { direction: 'received', what: '201', body: { ticket: '***', expiresAt: '2026-01-31T12:01:00.000Z' } },
      { direction: 'sent', what: 'frame', body: { id: 'hello', op: 'hello', d: { ticket: '***', positions: {} } } },
      { direction: 'received', what: 'frame', body: { re: 'hello', ok: true, d: {} } },
    ]);
    expect(JSON.stringify(listener.wire)).not.toContain('secret');
  });

  it('lives with what a later server tells and it does not know', async () => {
    const store = new SmallStore();
    const listener = new Listener([await gateway(store)]);
    await listener.until('live');
    for (const socket of store.told) socket.send('{"ev":"weather"}');
    await listener.connection.command('say', { room: 'kitchen', id: randomUUID(), text: 'Tea?' });
    expect(listener.told.map((told) => told.type)).not.toContain('lost');
    expect(listener.wire).toContainEqual({ direction: 'received', what: 'frame', body: { ev: 'weather' } });
  });
});
