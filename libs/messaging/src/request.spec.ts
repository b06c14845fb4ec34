import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Bus } from './bus.js';
import { double, who } from './testing/contracts.js';
import { serve, type Serving } from './testing/served.js';
import { Stage } from './testing/stage.js';

describe('a request', () => {
  let stage: Stage;
  let asker: Bus;
  let serving: Serving;

  beforeAll(async () => {
    stage = await Stage.set();
    asker = await stage.bus('asker');
    serving = await serve(await stage.bus('server'), 'node-1');
  });
  afterAll(() => stage.clear());

  it('is answered by the method that serves the operation', async () => {
    expect(await asker.request(double, { number: 21 }, { timeoutMs: 2_000 })).toEqual({ number: 42 });
  });

  it('reaches one node by its name', async () => {
    expect(await asker.requestNode(who, 'node-1', {}, { timeoutMs: 2_000 })).toEqual({ node: 'node-1' });
  });

  it('hands on the trace it was given', async () => {
    const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
    await asker.request(double, { number: 1 }, { timeoutMs: 2_000, trace });
    expect(serving.service.calls.at(-1)).toEqual({
      trace,
      span: expect.stringMatching(/^[0-9a-f]{16}$/),
      subject: double.subject,
    });
  });
});
