import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Child, build } from './testing/child.js';

describe('a service process', () => {
  let child: Child;
  const start = (behaviour: string, environment?: Record<string, string>): Child =>
    (child = new Child(behaviour, environment));

  beforeAll(build, 60_000);
  afterEach(() => child.kill());

  it('tells its launcher where it serves, and logs it', async () => {
    start('serves');
    expect(await child.told()).toEqual({
      type: 'ready',
      address: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
    });
    await child.logged('ready');
    expect(child.log.at(-1)).toMatchObject({ level: 'info', service: 'example', time: expect.stringMatching(/Z$/) });
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('stops in order on %s', async (signal) => {
    start('serves');
    await child.told();
    child.signal(signal);
    expect(await child.exitCode()).toBe(0);
    expect(child.log.map(({ msg }) => msg)).toEqual(['ready', `stopping: told by ${signal}`, 'stopped']);
  });

  it('stops in order when its launcher is gone', async () => {
    start('serves');
    await child.told();
    child.closeChannel();
    expect(await child.exitCode()).toBe(0);
    expect(child.log.at(-1)?.msg).toBe('stopped');
  });

  it('says each wrong variable to its launcher and in the log, and exits with 1', async () => {
    start('is misconfigured', { PORT: 'seven', LOG_LEVEL: '' });
    expect(await child.exitCode()).toBe(1);
    const message = [
      'The configuration is wrong:',
      '  PORT is "seven": Invalid input: expected number, received NaN',
      '  HOST is not set: Invalid input: expected string, received undefined',
    ].join('\n');
    expect(child.messages).toEqual([{ type: 'failed', code: 'config', message }]);
    expect(child.log).toEqual([expect.objectContaining({ level: 'fatal', code: 'config' })]);
  });

  it('passes on the code of the system', async () => {
    start('finds its port taken');
    expect(await child.exitCode()).toBe(1);
    expect(child.messages).toEqual([{ type: 'failed', code: 'EADDRINUSE', message: expect.stringMatching(/in use/) }]);
  });

  it('can be stopped while it still starts', async () => {
    start('waits for its broker');
    await child.logged('waiting');
    child.signal('SIGTERM');
    expect(await child.exitCode()).toBe(0);
    expect(child.messages).toEqual([]);
  });

  it.each([
    ['throws later', 'an exception was not caught', 'out of the blue'],
    ['rejects later', 'a rejected promise was not handled', 'nobody waits for this'],
  ])('ends when it %s, with the reason as its last line', async (behaviour, what, reason) => {
    start(behaviour);
    expect(await child.exitCode()).toBe(1);
    expect(child.log.at(-1)).toMatchObject({ level: 'fatal', msg: what, err: { message: reason } });
    expect(child.messages.at(-1)).toEqual({ type: 'failed', code: 'internal', message: reason });
  });

  it('can declare itself failed, and does not wait for an orderly stop then', async () => {
    start('declares itself failed');
    expect(await child.exitCode()).toBe(1);
    expect(child.messages.at(-1)).toEqual({ type: 'failed', code: 'journal-corrupt', message: 'record 7 is damaged' });
    expect(child.log.at(-1)).toMatchObject({ level: 'fatal', code: 'journal-corrupt' });
  });

  it('exits with 1 when the orderly stop takes too long', async () => {
    start('never stops');
    await child.told();
    child.signal('SIGTERM');
    expect(await child.exitCode()).toBe(1);
    expect(child.log.at(-1)?.msg).toBe('not stopped within 400 ms: exiting without order');
  });

  it('exits at once on a second signal', async () => {
    start('never stops');
    await child.told();
    child.signal('SIGTERM');
    await child.logged('stopping');
    child.signal('SIGTERM');
    expect(await child.exitCode()).toBe(1);
    expect(child.log.at(-1)?.msg).toBe('stopping at once: told again, by SIGTERM');
  });

  it('exits with 1 when the orderly stop fails', async () => {
    start('stops badly');
    await child.told();
    child.signal('SIGTERM');
    expect(await child.exitCode()).toBe(1);
    expect(child.log.at(-1)).toMatchObject({ level: 'fatal', err: { message: 'the file is gone' } });
  });
});
