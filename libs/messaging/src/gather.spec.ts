import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Msg, NatsConnection } from '@nats-io/transport-node';
import { headers } from '@nats-io/transport-node';
import type { Bus } from './bus.js';
import { double } from './testing/contracts.js';
import { serve, type Serving } from './testing/served.js';
import { Stage } from './testing/stage.js';

describe('a gather', () => {
  let stage: Stage;
  let asker: Bus;
  let stranger: NatsConnection;
  const nodes: Serving[] = [];
  let subjects = 0;

  beforeAll(async () => {
    stage = await Stage.set();
    asker = await stage.bus('asker');
    stranger = await stage.stranger();
    for (const node of ['node-1', 'node-2', 'node-3']) {
      nodes.push(await serve(await stage.bus(node), node));
    }
  });
  afterAll(() => stage.clear());

  /** An operation that only the stranger serves, in the way given. */
  async function servedBy(answer: (message: Msg) => void): Promise<typeof double> {
    const subject = `parley.v1.test.gathered-${String(subjects++)}`;
    stranger.subscribe(subject, { callback: (_, message) => answer(message) });
    await stranger.flush();
    return { ...double, subject };
  }

  /** Resolves when all that the stranger sent before has arrived at the asker. */
  async function delivered(): Promise<void> {
    await stranger.flush();
    await asker.flush();
  }

  const from = (node: string) => {
    const made = headers();
    made.set('parley-node', node);
    return { headers: made };
  };

  it('ends when as many nodes as expected have replied', async () => {
    const replies: number[] = [];
    const onReply = ({ number }: { number: number }): void => void replies.push(number);
    await asker.gather(double, { number: 2 }, { timeoutMs: 60_000, expected: 3, onReply });
    expect(replies).toEqual([4, 4, 4]);
  });

  it('ends at its time-out when one is missing, with the replies of the others', async () => {
    let reopen = (): void => undefined;
    nodes[2]!.service.gate = new Promise((resolve) => (reopen = resolve));
    const replies: number[] = [];
    const startedAt = performance.now();
    const onReply = ({ number }: { number: number }): void => void replies.push(number);
    await asker.gather(double, { number: 2 }, { timeoutMs: 200, expected: 3, onReply });
    expect(performance.now() - startedAt).toBeGreaterThan(190);
    expect(replies).toEqual([4, 4]);
    reopen();
  });

  it('waits for its time-out when nobody listens at all', async () => {
    const startedAt = performance.now();
    const onReply = (): void => expect(true).toBe(false);
    const nobody = { ...double, subject: 'parley.v1.test.nobody' };
    await asker.gather(nobody, { number: 2 }, { timeoutMs: 100, expected: 3, onReply });
    expect(performance.now() - startedAt).toBeGreaterThan(90);
  });

  it('passes on a reply that comes after the end but before the time-out, and counts one that comes later', async () => {
    const asked: Msg[] = [];
    const replies: number[] = [];
    const operation = await servedBy((message) => {
      asked.push(message);
      message.respond('{"number": 1}', from('a'));
    });
    const onReply = ({ number }: { number: number }): void => void replies.push(number);
    await asker.gather(operation, { number: 0 }, { timeoutMs: 300, expected: 1, onReply });
    asked[0]!.respond('{"number": 2}', from('b'));
    await delivered();
    expect(replies).toEqual([1, 2]);

    // A second gather of the same length ends after the first one's time-out.
    await asker.gather(operation, { number: 0 }, { timeoutMs: 300, expected: 2, onReply });
    const lateBefore = asker.counts.late;
    asked[0]!.respond('{"number": 3}', from('c'));
    await delivered();
    expect(replies).toEqual([1, 2, 1]);
    expect(asker.counts.late).toBe(lateBefore + 1);
  });

  it('passes on a duplicate and does not take it for the reply of a further node', async () => {
    const replies: number[] = [];
    const operation = await servedBy((message) => {
      message.respond('{"number": 1}', from('a'));
      message.respond('{"number": 1}', from('a'));
      message.respond('{"number": 2}', from('b'));
    });
    const onReply = ({ number }: { number: number }): void => void replies.push(number);
    await asker.gather(operation, { number: 0 }, { timeoutMs: 60_000, expected: 2, onReply });
    expect(replies).toEqual([1, 1, 2]);
  });

  it('waits for those that it names, however many others have replied', async () => {
    const replies: number[] = [];
    const asked: Msg[] = [];
    const operation = await servedBy((message) => {
      asked.push(message);
      message.respond('{"number": 1}', from('a stranger'));
      message.respond('{"number": 2}', from('another'));
      message.respond('{"number": 3}', from('b'));
    });
    const onReply = ({ number }: { number: number }): void => {
      replies.push(number);
      if (number === 3) asked[0]!.respond('{"number": 4}', from('a'));
    };
    await asker.gather(operation, { number: 0 }, { timeoutMs: 60_000, expected: ['a', 'b'], onReply });
    expect(replies).toEqual([1, 2, 3, 4]);
  });

  it('leaves out what does not parse and what is an error, and logs it', async () => {
    const replies: number[] = [];
    const operation = await servedBy((message) => {
      const refused = from('b');
      refused.headers.set('parley-error', 'internal');
      message.respond('garbage', from('a'));
      message.respond('{"code": "internal", "detail": "no"}', refused);
      message.respond('{"number": 3}', from('c'));
    });
    const onReply = ({ number }: { number: number }): void => void replies.push(number);
    await asker.gather(operation, { number: 0 }, { timeoutMs: 60_000, expected: 1, onReply });
    expect(replies).toEqual([3]);
    const left = stage.log.said('left out a reply of a gather').map(({ reason }) => reason);
    expect(left).toEqual([
      `the answer of ${operation.subject} does not fit: the body is not JSON`,
      'refused: internal',
    ]);
  });

  it('survives a listener that throws', async () => {
    const onReply = (): void => {
      throw new Error('a mistake');
    };
    await asker.gather(double, { number: 2 }, { timeoutMs: 60_000, expected: 3, onReply });
    expect(stage.log.said('a listener threw')).toHaveLength(3);
    expect(await asker.request(double, { number: 1 }, { timeoutMs: 2_000 })).toEqual({ number: 2 });
  });
});
