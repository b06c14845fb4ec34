// A heartbeat on a real broker.
import { once } from 'node:events';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { facts } from '@parley/contracts';
import { Heartbeat } from './heartbeat.js';
import { Stage } from './testing/stage.js';

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.set();
});
afterAll(() => stage.clear());

it('who is called answers, and ten thousand calls at once with a single heartbeat', async () => {
  const { bus } = stage;
  const heard = new EventTarget();
  let beats = 0;
  bus.listen(facts.alive, () => {
    beats += 1;
    heard.dispatchEvent(new Event('beat'));
  });
  await bus.flush();
  const heartbeat = new Heartbeat(bus, () => ({
    service: 'participant',
    node: 'a',
    logId: '1'.repeat(32),
    nonce: '2'.repeat(32),
    doubled: false,
    complete: true,
    ledgers: [],
  }));
  for (const expected of [1, 2]) {
    const beat = once(heard, 'beat');
    for (let call = 0; call < 10_000; call += 1) heartbeat.called();
    await beat;
    await bus.flush();
    expect(beats).toBe(expected);
  }
  heartbeat.stop();
});
