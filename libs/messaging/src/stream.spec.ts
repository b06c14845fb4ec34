import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { jetstreamManager } from '@nats-io/jetstream';
import type { StreamContract } from '@parley/contracts';
import { z } from 'zod';
import type { Bus } from './bus.js';
import type { StreamListener } from './stream-reader.js';
import { Stream } from './stream.js';
import { Stage } from './testing/stage.js';

let streams = 0;
const contract = (): StreamContract => {
  const name = `test-${String(streams++)}`;
  return {
    name,
    subjectOf: (node) => `parley.v1.${name}.${node}`,
    body: z.unknown(),
    maxBytes: 1024 * 1024,
    maxAgeMs: 60_000,
    storage: 'memory',
  };
};

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Notes what it is told, and lets tests wait for it. */
class Notes implements StreamListener {
  readonly all: string[] = [];
  #look = (): void => undefined;

  began({ last }: { last: number }): void {
    this.#note(`began up to ${String(last)}`);
  }
  message({ sequence, payload }: { sequence: number; payload: Uint8Array }): void {
    this.#note(`${String(sequence)} ${new TextDecoder().decode(payload)}`);
  }
  away(): void {
    this.#note('away');
  }

  async until(note: string): Promise<string[]> {
    while (!this.all.includes(note)) await new Promise<void>((resolve) => (this.#look = resolve));
    return this.all;
  }

  #note(note: string): void {
    this.all.push(note);
    this.#look();
  }
}

describe('a stream', () => {
  let stage: Stage;
  let bus: Bus;

  beforeAll(async () => {
    stage = await Stage.set();
    bus = await stage.bus();
  });
  afterAll(() => stage.clear());

  it('is made by whoever appends first, and is read from its beginning and then live', async () => {
    const stream = new Stream(bus, contract());
    await stream.append('a', bytes('first'), 'a-1');
    const notes = new Notes();
    const reader = stream.read(notes);
    await notes.until('1 first');
    await stream.append('b', bytes('second'), 'b-1');
    expect(await notes.until('2 second')).toEqual(['began up to 1', '1 first', '2 second']);
    reader.stop();
  });

  it('is read from now on by whoever has no use for what was before', async () => {
    const stream = new Stream(bus, contract());
    await stream.append('a', bytes('before'), '1');
    const notes = new Notes();
    const reader = stream.read(notes, 'now');
    await notes.until('began up to 1');
    await stream.append('a', bytes('after'), '2');
    expect(await notes.until('2 after')).toEqual(['began up to 1', '2 after']);
    reader.stop();
  });

  it('is made by whoever reads first', async () => {
    const stream = new Stream(bus, contract());
    const notes = new Notes();
    const reader = stream.read(notes);
    await notes.until('began up to 0');
    await stream.append('a', bytes('first'), 'a-1');
    await notes.until('1 first');
    reader.stop();
  });

  it('is read after a place in it, and from its beginning by who had that place from another one', async () => {
    const stream = new Stream(bus, contract());
    for (const text of ['first', 'second', 'third']) await stream.append('a', bytes(text), text);
    let known = '';
    const whole = new Notes();
    whole.began = (where: { readonly last: number; readonly stream?: string }) => {
      known = where.stream ?? '';
    };
    const readers = [stream.read(whole)];
    await whole.until('3 third');
    const [after, elsewhere] = [new Notes(), new Notes()];
    readers.push(stream.read(after, { stream: known, after: 2 }), stream.read(elsewhere, { stream: 'x', after: 2 }));
    expect(await after.until('3 third')).toEqual(['began up to 3', '3 third']);
    expect(await elsewhere.until('3 third')).toEqual(['began up to 3', '1 first', '2 second', '3 third']);
    for (const reader of readers) reader.stop();
  });

  it('has once what is appended twice', async () => {
    const stream = new Stream(bus, contract());
    const notes = new Notes();
    const reader = stream.read(notes);
    await notes.until('began up to 0');
    for (const [text, id] of [
      ['once', '1'],
      ['again', '1'],
      ['other', '2'],
    ] as const)
      await stream.append('a', bytes(text), id);
    expect(await notes.until('2 other')).toEqual(['began up to 0', '1 once', '2 other']);
    reader.stop();
  });

  it('lets the oldest go when it is full, and shows in the sequence that it has', async () => {
    const small = { ...contract(), maxBytes: 2_000 };
    const stream = new Stream(bus, small);
    const long = 'x'.repeat(600);
    for (const id of ['1', '2', '3', '4']) await stream.append('a', bytes(long), id);
    const notes = new Notes();
    const reader = stream.read(notes);
    const read = (await notes.until(`4 ${long}`)).slice(1).map((note) => Number(note.split(' ')[0]));
    expect(read).toEqual([2, 3, 4].slice(-read.length));
    reader.stop();
  });

  it('is changed to what its contract says now', async () => {
    const before = contract();
    await new Stream(bus, before).append('a', bytes('first'), '1');
    await new Stream(bus, { ...before, maxBytes: 500_000 }).append('a', bytes('second'), '2');
    const manager = await jetstreamManager(await stage.stranger());
    const { config, state } = await manager.streams.info(before.name);
    expect([config.max_bytes, state.messages]).toEqual([500_000, 2]);
  });

  it('refuses what is too large for the broker, and goes on', async () => {
    const stream = new Stream(bus, contract());
    const tooLarge = stream.append('a', new Uint8Array(2 * 1024 * 1024), '1');
    await expect(tooLarge).rejects.toMatchObject({ code: 'too-large' });
    await stream.append('a', bytes('small'), '2');
  });

  describe('that is kept on disk', () => {
    const kept = () => ({ ...contract(), storage: 'file' as const, maxAgeMs: null });

    it('is appended to only by whoever knows the last message under the token', async () => {
      const own = kept();
      const [one, other] = [new Stream(bus, own), new Stream(await stage.bus(), own)];
      expect(await one.last('a')).toBe(0);
      expect(await one.appendAfter('a', bytes('first'), 0)).toBe(1);
      expect(await other.appendAfter('a', bytes('unaware'), 0)).toBeUndefined();
      expect(await other.appendAfter('b', bytes('elsewhere'), 0)).toBe(2);
      expect(await other.appendAfter('a', bytes('second'), 1)).toBe(3);
      expect([await one.last('a'), await one.last('b'), await one.last('c'), await one.last()]).toEqual([3, 2, 0, 3]);
    });

    it('lets one of many append that know the same last message', async () => {
      const stream = new Stream(bus, kept());
      const many = Array.from({ length: 20 }, (_, index) => stream.appendAfter('race', bytes(String(index)), 0));
      expect((await Promise.all(many)).filter((sequence) => sequence !== undefined)).toEqual([1]);
    });

    it('gives what is under a token, from anywhere on', async () => {
      const stream = new Stream(bus, kept());
      let last = 0;
      for (let index = 0; index < 5; index += 1) {
        last = (await stream.appendAfter('a', bytes(`a${String(index)}`), last))!;
        await stream.append('b', bytes('b'), `b${String(index)}`);
      }
      const texts = async (from: number, count: number): Promise<string[]> =>
        (await stream.fetch('a', from, count)).map(({ token, payload }) => token + new TextDecoder().decode(payload));
      expect(await texts(1, 3)).toEqual(['aa0', 'aa1', 'aa2']);
      expect(await texts(4, 2)).toEqual(['aa2', 'aa3']);
    });

    it('gives the messages at given places, wherever they were appended', async () => {
      const stream = new Stream(bus, kept());
      for (const token of ['a', 'b', 'c']) await stream.appendAfter(token, bytes(`of ${token}`), 0);
      const got = await stream.get([3, 1, 9]);
      const texts = got.map(({ sequence, token, payload }) => [sequence, token, new TextDecoder().decode(payload)]);
      expect(texts).toEqual([
        [3, 'c', 'of c'],
        [1, 'a', 'of a'],
      ]);
    });

    it('is used by many also when the broker would have no room for it twice', async () => {
      const own = { ...kept(), maxBytes: 9 * 1024 ** 3 };
      for (const sequence of [1, 2, 3])
        expect(await new Stream(bus, own).appendAfter('a', bytes('x'), sequence - 1)).toBe(sequence);
    });

    it('loses nothing when the broker is killed, and refuses what has no room rather than let the oldest go', async () => {
      const own = { ...kept(), maxBytes: 2_000 };
      const stream = new Stream(bus, own);
      const long = 'x'.repeat(600);
      let last = 0;
      const full = (async () => {
        for (;;) last = (await stream.appendAfter('a', bytes(long), last))!;
      })();
      await expect(full).rejects.toMatchObject({ code: 'refused' });
      const reconnected = new Promise<void>((resolve) => bus.onConnection((connected) => connected && resolve()));
      await stage.broker.kill();
      await stage.restartBroker();
      await reconnected;
      expect(await stream.last('a')).toBe(last);
      expect(await stream.fetch('a', 1, last)).toHaveLength(last);
    });
  });

  it('is read and appended to again after the broker has lost it, and is known to be another one', async () => {
    const stream = new Stream(bus, contract());
    const notes = new Notes();
    const reader = stream.read(notes);
    await notes.until('began up to 0');
    await stream.append('a', bytes('before'), '1');
    await notes.until('1 before');
    const reconnected = new Promise<void>((resolve) => bus.onConnection((connected) => connected && resolve()));
    await stage.broker.kill();
    await notes.until('away');
    await expect(stream.append('a', bytes('meanwhile'), '2')).rejects.toMatchObject({ code: 'disconnected' });
    await stage.restartBroker();
    await reconnected;
    await stream.append('a', bytes('after'), '3').catch(() => stream.append('a', bytes('after'), '3'));
    const all = await notes.until('1 after');
    expect(all.slice(0, 3)).toEqual(['began up to 0', '1 before', 'away']);
    reader.stop();
  });
});
