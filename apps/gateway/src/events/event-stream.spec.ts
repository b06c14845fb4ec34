import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import type { StreamListener } from '@parley/messaging';
import { pino } from 'pino';
import { EventStream, type EventStreamOptions } from './event-stream.js';
import { EventFeed } from './feed.js';

const STREAM = '2026-01-31T12:00:00.000Z';
const NEXT = '2026-01-31T13:00:00.000Z';
const ID = Date.parse(STREAM).toString(36);

/** A feed whose stream is told here message by message. */
function given(maxBytes?: number) {
  let listener: StreamListener | undefined;
  let opened = 0;
  const open = (heard: StreamListener) => {
    opened += 1;
    listener = heard;
    return { stop: () => undefined } as never;
  };
  const feed = new EventFeed(open, pino({ level: 'silent' }), maxBytes);
  const began = (last: number, stream = STREAM): void => listener!.began({ stream, last });
  const message = (sequence: number, text = ''): void => {
    const told = { id: `a-${String(sequence)}`, node: 'a', at: 1, lamport: sequence, vector: { a: sequence } };
    const event = { ...told, type: 'report.made', what: text, transactions: [{ id: 'main-1' }] };
    listener!.message({
      sequence,
      token: 'coordinator',
      payload: new TextEncoder().encode(JSON.stringify({ events: [event] })),
    });
  };
  const watch = (options: Partial<EventStreamOptions> = {}): EventStream =>
    new EventStream({ feed, start: 'beginning', ...options });
  return { feed, began, message, watch, opened: () => opened };
}

/** What has been sent and not been taken yet: `event` or `event id`. */
const taken = (stream: EventStream): string[] =>
  [...String(stream.read() ?? '').matchAll(/(?:id: (\S+)\n)?event: (\S+)/g)].map(([, id, event]) =>
    id === undefined ? event! : `${event!} ${id}`,
  );

describe('a client’s stream', () => {
  it('begins when all that the stream had is here', () => {
    const { began, message, watch } = given();
    const stream = watch();
    began(2);
    message(1);
    expect(taken(stream)).toEqual([]);
    message(2);
    expect(taken(stream)).toEqual([`report.made ${ID}.1.0`, `report.made ${ID}.2.0`]);
    message(3);
    expect(taken(stream)).toEqual([`report.made ${ID}.3.0`]);
  });

  it('is told that what it would go on with has left the stream', () => {
    const { began, message, watch } = given();
    watch();
    began(0);
    message(5);
    const stream = watch({ start: { stream: ID, sequence: 2, index: 0 } });
    expect(taken(stream)).toEqual(['gap', `report.made ${ID}.5.0`]);
  });

  it('is told that the broker has lost its stream, and goes on with the new one', () => {
    const { began, message, watch, feed } = given();
    const stream = watch();
    began(0);
    message(1);
    expect(taken(stream)).toEqual([`report.made ${ID}.1.0`]);
    feed.away();
    began(0, NEXT);
    message(1);
    expect(taken(stream)).toEqual(['away', 'gap', `report.made ${Date.parse(NEXT).toString(36)}.1.0`]);
  });

  it('is cut off when it had caught up and falls too far behind, not before', async () => {
    const { began, message, watch } = given();
    const stream = watch({ behindAtMost: 300_000 });
    const closed = once(stream, 'close');
    began(0);
    taken(stream);
    const long = 'x'.repeat(150);
    for (let sequence = 1; sequence <= 500; sequence += 1) message(sequence, long);
    expect(stream.destroyed).toBe(false);
    for (let sequence = 501; sequence <= 2_500; sequence += 1) message(sequence, long);
    expect(stream.destroyed).toBe(true);
    await closed;
  });

  it('takes its time over what was before it, and nothing is kept for it meanwhile', () => {
    const { began, message, watch } = given();
    watch();
    const long = 'x'.repeat(150);
    began(0);
    for (let sequence = 1; sequence <= 2_000; sequence += 1) message(sequence, long);
    const stream = watch({ behindAtMost: 1_000 });
    stream.read(0);
    message(2_001, long);
    expect([stream.destroyed, stream.readableLength < 200_000]).toEqual([false, true]);
  });

  it('shares one reading of the stream with all others', () => {
    const { watch, opened } = given();
    watch();
    watch();
    expect(opened()).toBe(1);
  });

  it('ends with the feed, also when it comes after that', async () => {
    const { feed, watch } = given();
    const streams = [watch()];
    feed.stop();
    streams.push(watch());
    await Promise.all(streams.map((stream) => once(stream.resume(), 'end')));
  });

  it('is sent nothing after its end, also when the client has not read up to there', () => {
    const { feed, watch } = given();
    const stream = watch();
    feed.stop();
    stream.away();
    stream.tell('state', {});
    expect(stream.errored).toBeNull();
    expect(taken(stream)).toEqual([]);
  });
});
