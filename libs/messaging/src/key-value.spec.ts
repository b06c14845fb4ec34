import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { jetstreamManager } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import { z } from 'zod';
import { KeyValue } from './key-value.js';
import { Stage } from './testing/stage.js';

const seats = { name: 'test-seats', value: z.object({ holder: z.string() }) };

describe('the key-value store', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.set();
  });
  afterAll(() => stage.clear());
  const open = async () => KeyValue.open(await stage.bus(), seats);

  it('has nothing under a new key, which is revision 0', async () => {
    expect(await (await open()).get('new')).toEqual({ value: null, revision: 0 });
  });

  it('changes a value only for whoever knows the revision that is there', async () => {
    const [one, other] = [await open(), await open()];
    const first = await one.compareAndSet('a', 0, { holder: 'Jo' });
    expect(await other.compareAndSet('a', 0, { holder: 'Al' })).toBeUndefined();
    expect(await other.get('a')).toEqual({ value: { holder: 'Jo' }, revision: first });
    const second = await other.compareAndSet('a', first!, { holder: 'Al' });
    expect(await one.compareAndSet('a', first!, { holder: 'Bo' })).toBeUndefined();
    expect(await one.get('a')).toEqual({ value: { holder: 'Al' }, revision: second });
  });

  it('lets one of many win that set the same revision at once', async () => {
    const store = await open();
    const many = Array.from({ length: 20 }, (_, index) => store.compareAndSet('race', 0, { holder: String(index) }));
    expect((await Promise.all(many)).filter((revision) => revision !== undefined)).toHaveLength(1);
  });

  it('has no value under a key whose entry an operator has removed, and takes a new one at that revision', async () => {
    const store = await open();
    await store.compareAndSet('removed', 0, { holder: 'Jo' });
    const operator = await new Kvm(await stage.stranger()).open(seats.name);
    await operator.delete('removed');
    const { value, revision } = await store.get('removed');
    expect(value).toBeNull();
    expect(await store.compareAndSet('removed', 0, { holder: 'Al' })).toBeUndefined();
    expect(await store.compareAndSet('removed', revision, { holder: 'Al' })).toBeGreaterThan(revision);
  });

  it('removes a value only for whoever knows the revision that is there', async () => {
    const store = await open();
    const first = await store.compareAndSet('gone', 0, { holder: 'Jo' });
    const second = await store.compareAndSet('gone', first!, { holder: 'Al' });
    expect(await store.compareAndRemove('gone', first!)).toBe(false);
    expect((await store.get('gone')).value).toEqual({ holder: 'Al' });
    expect(await store.compareAndRemove('gone', second!)).toBe(true);
    expect((await store.get('gone')).value).toBeNull();
  });

  it('lets a value go that has not been changed for as long as its bucket says', async () => {
    const brief = { ...seats, name: 'test-brief', ttlMs: 300 };
    const store = await KeyValue.open(await stage.bus(), brief);
    await store.compareAndSet('a', 0, { holder: 'Jo' });
    while ((await store.get('a')).value !== null) await new Promise((resolve) => setTimeout(resolve, 20));
    const { config } = await (await jetstreamManager(await stage.stranger())).streams.info('KV_test-brief');
    expect(config.max_age).toBe(300 * 1e6);
  });

  it('keeps nothing of a value that was removed for longer than its bucket says, also in a bucket that kept all before', async () => {
    const before = { ...seats, name: 'test-forgetful' };
    await KeyValue.open(await stage.bus(), before);
    const store = await KeyValue.open(await stage.bus(), { ...before, removedMs: 1_000 });
    const revision = await store.compareAndSet('a', 0, { holder: 'Jo' });
    const changed = await store.compareAndSet('a', revision!, { holder: 'Al' });
    expect(await store.compareAndRemove('a', revision!)).toBe(false);
    const { streams } = await jetstreamManager(await stage.stranger());
    const kept = async (): Promise<number> => (await streams.info('KV_test-forgetful')).state.messages;
    expect(await kept()).toBe(1);
    expect(await store.compareAndRemove('a', changed!)).toBe(true);
    expect((await store.get('a')).value).toBeNull();
    while ((await kept()) > 0) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await store.compareAndSet('a', 0, { holder: 'Bo' })).toBeGreaterThan(changed!);
  });

  it('refuses what the contract does not allow, coming and going', async () => {
    const store = await open();
    const stranger = await new Kvm(await stage.stranger()).open(seats.name);
    await stranger.put('odd', '{"holder":7}');
    await expect(store.get('odd')).rejects.toMatchObject({ name: 'BusError', code: 'invalid-reply' });
    await expect(store.compareAndSet('odd', 1, { holder: 7 } as never)).rejects.toThrow();
  });

  it('keeps its values when the broker is killed and started again', async () => {
    const store = await open();
    const revision = await store.compareAndSet('kept', 0, { holder: 'Jo' });
    await stage.broker.kill();
    await stage.restartBroker();
    expect(await (await open()).get('kept')).toEqual({ value: { holder: 'Jo' }, revision });
  });

  it('says so when the bucket has gone', async () => {
    const store = await open();
    await (await jetstreamManager(await stage.stranger())).streams.delete('KV_test-seats');
    await expect(store.get('a')).rejects.toMatchObject({ name: 'BusError', code: 'refused' });
  });
});
