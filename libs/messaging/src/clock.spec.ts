import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { headers, type Msg, type MsgHdrs, type NatsConnection } from '@nats-io/transport-node';
import { compare, type VectorClock } from '@parley/clocks';
import type { Bus } from './bus.js';
import { Clock, type Shown } from './clock.js';
import { Complaints } from './complaints.js';
import { double, greeted } from './testing/contracts.js';
import { recordedLog } from './testing/recorded-log.js';
import { serve } from './testing/served.js';
import { Stage } from './testing/stage.js';

const messageWith = (lamport: string, vector: string): Msg => {
  const made = headers();
  made.set('parley-clock', `${lamport} ${vector}`);
  return { headers: made } as Msg;
};

const vectorOf = ({ vector }: Shown): VectorClock => JSON.parse(vector) as VectorClock;
const inOrder = (a: Shown, b: Shown): ReturnType<typeof compare> => compare(vectorOf(a), vectorOf(b));

describe('the clocks of a process', () => {
  let bus: Bus;
  let other: Bus;
  let stage: Stage;
  let stranger: NatsConnection;

  beforeAll(async () => {
    stage = await Stage.set();
    bus = await stage.bus('asker', 'asker');
    other = await stage.bus('node-1', 'node-1');
    await serve(other, 'node-1');
    stranger = await stage.stranger();
  });
  afterAll(() => stage.clear());

  it('show that what a request caused came after it, and its answer after that', async () => {
    const asked = bus.happened();
    expect(inOrder(asked, other.happened())).toBe('concurrent');
    await bus.request(double, { number: 1 }, { timeoutMs: 2_000 });
    const served = other.happened();
    expect(inOrder(asked, served)).toBe('before');
    expect(served.lamport).toBeGreaterThan(asked.lamport);
    await bus.request(double, { number: 1 }, { timeoutMs: 2_000 });
    expect(inOrder(served, bus.happened())).toBe('before');
  });

  it('go with facts, and into processes that have no events of their own and pass them on', async () => {
    const relay = await stage.bus('relay');
    const heard = new Promise<void>((resolve) => relay.listen(greeted, () => resolve()));
    await relay.flush();
    const told = bus.happened();
    bus.publish(greeted, { name: 'Jo' });
    await heard;
    await relay.request(double, { number: 1 }, { timeoutMs: 2_000 });
    const after = other.happened();
    expect(inOrder(told, after)).toBe('before');
    expect(Object.keys(vectorOf(after))).not.toContain('relay');
  });

  it('are a plain header that any NATS client can read', async () => {
    const reply = await stranger.request(double.subject, '{"number": 4}');
    const [, lamport, vector] = /^(\d+) (\{.*\})$/.exec(reply.headers?.get('parley-clock') ?? '') ?? [];
    expect(Number(lamport)).toBeGreaterThan(0);
    expect(JSON.parse(vector ?? '')).toMatchObject({ 'node-1': expect.any(Number) });
  });

  it('are not poisoned by a forged message, which is answered all the same, counted and logged', async () => {
    const before = other.happened();
    const countedBefore = other.counts.invalid;
    const forged = messageWith('7', JSON.stringify({ asker: Number.MAX_SAFE_INTEGER })).headers as MsgHdrs;
    const reply = await stranger.request(double.subject, '{"number": 4}', { timeout: 2_000, headers: forged });
    expect(reply.json()).toEqual({ number: 8 });
    expect(vectorOf(other.happened())['asker']).toBe(vectorOf(before)['asker']);
    expect(other.counts.invalid).toBe(countedBefore + 1);
    expect(stage.log.said('ignored the clocks of a message')).toMatchObject([
      { reason: 'the entry of asker is further than an hour ahead' },
    ]);
  });
});

describe('clocks that a message carries', () => {
  const now = 1_000_000;
  const shownBy = (clock: Clock) => {
    const shown = clock.step();
    return { lamport: shown.lamport, vector: vectorOf(shown) };
  };
  const hear = (lamport: string, vector: string) => {
    const complaints = new Complaints(recordedLog().logger);
    const clock = new Clock({ process: 'a', complaints, now: () => now });
    clock.receive(messageWith(lamport, vector));
    return { ...shownBy(clock), refused: complaints.count };
  };
  const untouched = { lamport: now * 1_000 + 1, vector: { a: now * 1_000 + 1 }, refused: 0 };
  const manyNodes = Object.fromEntries(Array.from({ length: 257 }, (_, index) => [`node-${String(index)}`, 1]));

  it('are taken up when they can be true', () => {
    expect(hear('5', '{"b": 7}')).toEqual({
      lamport: now * 1_000 + 2,
      vector: { a: now * 1_000 + 2, b: 7 },
      refused: 0,
    });
  });

  it('may be absent', () => {
    const complaints = new Complaints(recordedLog().logger);
    const clock = new Clock({ process: 'a', complaints, now: () => now });
    clock.receive({ headers: headers() } as Msg);
    expect({ ...shownBy(clock), refused: complaints.count }).toEqual(untouched);
  });

  it('do not grow beyond the nodes that there can be, whatever message by message they name', () => {
    const complaints = new Complaints(recordedLog().logger);
    const clock = new Clock({ process: 'a', complaints, now: () => now });
    for (let number = 0; number < 300; number += 1) clock.receive(messageWith('5', `{"node-${String(number)}": 1}`));
    expect(Object.keys(vectorOf(clock.step()))).toHaveLength(256);
    expect(complaints.count).toBe(300 - 255);
  });

  it('are refused all the same when their nodes are known', () => {
    const complaints = new Complaints(recordedLog().logger);
    const clock = new Clock({ process: 'a', complaints, now: () => now });
    clock.receive(messageWith('5', '{"b": 7}'));
    const far = String((now + 3_600_001) * 1_000);
    for (const vector of ['{"b": -1}', '{"b": 7.5}', '{"b": "8"}', '{"b": null}', `{"b": ${far}}`, '[]', 'null'])
      clock.receive(messageWith('5', vector));
    clock.receive(messageWith(far, '{"b": 8}'));
    expect([complaints.count, vectorOf(clock.step())['b']]).toEqual([8, 7]);
    clock.receive(messageWith('5', '{"b": 9}'));
    expect([complaints.count, vectorOf(clock.step())['b']]).toEqual([8, 9]);
  });

  it.each([
    ['a vector that is not JSON', '5', '{"b": '],
    ['a vector that is a list', '5', '[1, 2]'],
    ['a name that no node can have', '5', '{"../etc": 1}'],
    ['an entry below 0', '5', '{"b": -1}'],
    ['an entry that is no number', '5', '{"b": "7"}'],
    ['an entry that no number holds exactly', '5', '{"b": 9007199254740993}'],
    ['an entry of the far future', '5', `{"b": ${String((now + 3_600_001) * 1_000)}}`],
    ['more entries than there can be nodes', '5', JSON.stringify(manyNodes)],
    ['more characters than a clock can have', '5', `{"b": 1${' '.repeat(20_000)}}`],
    ['no Lamport time', 'soon', '{"b": 1}'],
    ['no vector', '5', ''],
    ['a Lamport time of the far future', String((now + 3_600_001) * 1_000), '{"b": 1}'],
  ])('are refused whole and counted with %s', (_, lamport, vector) => {
    expect(hear(lamport, vector)).toEqual({ ...untouched, refused: 1 });
  });
});
