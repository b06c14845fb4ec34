import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NatsConnection } from '@nats-io/transport-node';
import type { Bus } from './bus.js';
import { double, greeted, who } from './testing/contracts.js';
import { serve, type Serving } from './testing/served.js';
import { Stage } from './testing/stage.js';

const timeoutMs = 2_000;

describe('a request', () => {
  let stage: Stage;
  let asker: Bus;
  let stranger: NatsConnection;
  let server: Bus;
  let serving: Serving;

  beforeAll(async () => {
    stage = await Stage.set();
    asker = await stage.bus('asker');
    stranger = await stage.stranger();
    server = await stage.bus('server');
    serving = await serve(server, 'node-1');
  });
  afterAll(() => stage.clear());

  it('is answered by the method that serves the operation', async () => {
    expect(await asker.request(double, { number: 21 }, { timeoutMs })).toEqual({ number: 42 });
  });

  it('keeps its answer apart from those of all others under way', async () => {
    const numbers = Array.from({ length: 200 }, (_, index) => index + 1_000);
    const replies = await Promise.all(numbers.map((number) => asker.request(double, { number }, { timeoutMs })));
    expect(replies.map(({ number }) => number)).toEqual(numbers.map((number) => number * 2));
  });

  it('reaches one node by its name', async () => {
    expect(await asker.requestNode(who, 'node-1', {}, { timeoutMs })).toEqual({ node: 'node-1' });
    await expect(asker.requestNode(who, 'node-2', {}, { timeoutMs })).rejects.toMatchObject({ code: 'no-responder' });
  });

  it('cannot be sent astray by the name of a node', async () => {
    await expect(asker.requestNode(who, '*', {}, { timeoutMs })).rejects.toMatchObject({
      code: 'no-responder',
      message: '"*" cannot be the name of a node',
    });
  });

  it('can be made by any NATS client, in plain JSON both ways', async () => {
    const reply = await stranger.request(double.subject, '{"number": 4}');
    expect(reply.json()).toEqual({ number: 8 });
    expect(reply.headers?.get('parley-error')).toBe('');
  });

  it('can be answered by any NATS client', async () => {
    const subject = 'parley.v1.test.elsewhere';
    stranger.subscribe(subject, { callback: (_, message) => void message.respond('{"number": 7, "more": true}') });
    await stranger.flush();
    expect(await asker.request({ ...double, subject }, { number: 1 }, { timeoutMs })).toEqual({ number: 7 });
  });

  it('hands on the trace it was given', async () => {
    const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
    await asker.request(double, { number: 1 }, { timeoutMs, trace });
    const span: unknown = expect.stringMatching(/^[0-9a-f]{16}$/);
    expect(serving.service.calls.at(-1)).toEqual({ trace, span, subject: double.subject });
  });

  it('begins a trace when it was given none', async () => {
    await stranger.request(double.subject, '{"number": 4}');
    expect(serving.service.calls.at(-1)).toMatchObject({
      trace: expect.stringMatching(/^[0-9a-f]{32}$/),
      span: undefined,
    });
  });

  it('fails at once when nobody serves the operation', async () => {
    const request = asker.request(
      { ...double, subject: 'parley.v1.test.nobody' },
      { number: 1 },
      { timeoutMs: 60_000 },
    );
    await expect(request).rejects.toMatchObject({ name: 'BusError', code: 'no-responder' });
  });

  it('fails at its time-out when there is no answer, and the answer that then comes is counted', async () => {
    let answer = (): void => undefined;
    const subject = 'parley.v1.test.slow';
    stranger.subscribe(subject, {
      callback: (_, message) => {
        answer = () => void message.respond('{"number": 1}');
      },
    });
    await stranger.flush();
    const lateBefore = asker.counts.late;
    await expect(asker.request({ ...double, subject }, { number: 1 }, { timeoutMs: 50 })).rejects.toMatchObject({
      code: 'timeout',
      message: `${subject} did not answer within 50 ms`,
    });
    answer();
    await stranger.flush();
    await asker.flush();
    expect(asker.counts.late).toBe(lateBefore + 1);
  });

  it('is refused with the code its handler gives', async () => {
    await expect(asker.request(double, { number: 13 }, { timeoutMs })).rejects.toMatchObject({
      code: 'refused',
      refusal: { code: 'unlucky', detail: 'thirteen is not doubled' },
    });
  });

  it('is answered with "internal" when its handler fails, which is logged and tells the asker no secret', async () => {
    const trace = 'a'.repeat(32);
    const request = asker.request(double, { number: 404 }, { timeoutMs, trace });
    await expect(request).rejects.toMatchObject({
      code: 'refused',
      refusal: { code: 'internal', detail: `node-1 made a mistake; its log has the trace ${trace}` },
    });
    expect(stage.log.said('a handler failed')).toEqual([
      expect.objectContaining({
        trace,
        subject: double.subject,
        err: expect.objectContaining({ message: 'the secret is 1234' }),
      }),
    ]);
  });

  it.each([
    ['what is not JSON', 'number=4', 'the body is not JSON'],
    ['what is not UTF-8', Uint8Array.of(0x22, 0xff, 0x22), 'the body is not UTF-8'],
    ['nothing', '', 'the body is not JSON'],
    ['a wrong field', '{"number": "four"}', '/number: Invalid input: expected number, received string'],
    ['a list for an object', '[]', '/: Invalid input: expected object, received array'],
  ])('that holds %s is answered with what is wrong and does not reach the handler', async (_, body, reason) => {
    const callsBefore = serving.service.calls.length;
    const reply = await stranger.request(double.subject, body);
    expect(reply.headers?.get('parley-error')).toBe('invalid-message');
    expect(reply.json()).toEqual({
      code: 'invalid-message',
      detail: `${double.subject} was sent something it does not take: ${reason}`,
    });
    expect(serving.service.calls.length).toBe(callsBefore);
  });

  it('that does not parse is counted each time and logged once per reason', async () => {
    const countBefore = server.counts.invalid;
    await Promise.all(Array.from({ length: 100 }, () => stranger.request(double.subject, '{"number": null}')));
    const reason = '/number: Invalid input: expected number, received null';
    const said = stage.log.said('refused a message that does not parse').filter((line) => line.reason === reason);
    expect(said).toHaveLength(1);
    expect(server.counts.invalid).toBe(countBefore + 100);
  });

  it('fails when the answer does not fit', async () => {
    const subject = 'parley.v1.test.nonsense';
    stranger.subscribe(subject, { callback: (_, message) => void message.respond('{"number": 1.5}') });
    await stranger.flush();
    await expect(asker.request({ ...double, subject }, { number: 1 }, { timeoutMs })).rejects.toMatchObject({
      code: 'invalid-reply',
      message: `the answer of ${subject} does not fit: /number: Invalid input: expected int, received number`,
    });
  });

  it('above the limit of the broker fails at the sender', async () => {
    const name = 'x'.repeat(asker.maxPayload);
    expect(asker.maxPayload).toBeGreaterThanOrEqual(1024 * 1024);
    expect(() => asker.publish(greeted, { name })).toThrow(expect.objectContaining({ code: 'too-large' }));
    const large = { ...double, request: greeted.body };
    await expect(asker.request(large, { name }, { timeoutMs })).rejects.toMatchObject({ code: 'too-large' });
    const onReply = (): void => undefined;
    const gather = asker.gather(large, { name }, { timeoutMs, expected: 1, onReply });
    await expect(gather).rejects.toMatchObject({ code: 'too-large' });
    expect(await asker.request(double, { number: 1 }, { timeoutMs })).toEqual({ number: 2 });
  });
});
