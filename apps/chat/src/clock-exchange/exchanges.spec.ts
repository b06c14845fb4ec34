// Exchanges of clocks on two chat replicas and the real store: whichever replica is there, each exchange happens once.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { clockEvent, clockStream, type ClockEvent, type ClocksExchanged } from '@parley/contracts';
import { Stream } from '@parley/messaging';
import { pino } from 'pino';
import { account, refusal, Stage, type Client } from '../testing/stage.js';

// A broker starts slowly on a busy machine.
jest.setTimeout(30_000);

const jo = account('Jo');
const al = account('Al');
const bo = account('Bo');

/** Reads along what happens in all rooms. */
class Notes {
  readonly events: ClockEvent[] = [];
  private look = (): void => undefined;

  began(): void {
    // From the beginning of the stream.
  }
  away(): void {
    // It goes on.
  }
  message({ payload }: { payload: Uint8Array }): void {
    const event = clockEvent.safeParse(JSON.parse(new TextDecoder().decode(payload)));
    if (event.success) this.events.push(event.data);
    this.look();
  }

  in(room: string): ClockEvent[] {
    return this.events.filter((event) => event.room === room);
  }
  exchanges(room: string): ClocksExchanged[] {
    return this.in(room).flatMap((event) => (event.type === 'exchanged' ? [event.exchange] : []));
  }

  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await new Promise<void>((resolve) => (this.look = resolve));
  }
  /** So many more exchanges have happened in the room. */
  async more(room: string, count: number): Promise<void> {
    const enough = this.exchanges(room).length + count;
    await this.until(() => this.exchanges(room).length >= enough);
  }
}

/** Follows exchanges as anybody could who has a pencil: each clock is what the ones before have made it. */
function follow(exchanges: readonly ClocksExchanged[]): void {
  const clocks = new Map<string, Record<string, number>>();
  exchanges.forEach(({ number, from, to, sent, before, after }, index) => {
    expect(number).toBe(index + 1);
    const sender = clocks.get(from) ?? {};
    expect(sent.vector).toEqual({ ...sender, [from]: (sender[from] ?? 0) + 1 });
    expect(before.vector).toEqual(clocks.get(to) ?? { [to]: 0 });
    const greater = { ...before.vector };
    for (const [name, entry] of Object.entries(sent.vector)) greater[name] = Math.max(greater[name] ?? 0, entry);
    expect(after.vector).toEqual({ ...greater, [to]: greater[to]! + 1 });
    expect(after.lamport).toBe(Math.max(sent.lamport, before.lamport) + 1);
    clocks.set(from, sent.vector).set(to, after.vector);
  });
}

describe('the exchange of clocks', () => {
  let stage: Stage;
  let client: Client;
  let notes: Notes;
  const told: string[] = [];
  const log = (node: string) => pino({ base: { node } }, { write: (line: string) => told.push(line) });

  beforeAll(async () => {
    stage = await Stage.set();
    for (const node of ['chat-1', 'chat-2']) await stage.replica(node, { log: log(node) });
    client = await stage.client();
    notes = new Notes();
    const reader = new Stream(await stage.bus('reader'), clockStream).read(notes);
    stage.onClear(async () => reader.stop());
  });
  afterAll(() => stage.clear());

  const made = async (room: string, ...members: (typeof jo)[]): Promise<string> => {
    await client.create(jo, room);
    for (const user of members) await client.join(user, room);
    return room;
  };

  it('is for members, and rests until one of them starts it', async () => {
    const room = await made('mine', jo, al);
    expect(await client.clocks(al, room)).toEqual({ room, phase: 'stopped', exchanges: 0, members: [], last: [] });
    for (const asked of [() => client.clocks(bo, room), () => client.runClocks(bo, room, true)])
      await expect(asked()).rejects.toMatchObject(refusal('membership-required'));
    await expect(client.runClocks(jo, 'no-room', true)).rejects.toMatchObject(refusal('unknown-room'));
    expect(notes.in(room)).toEqual([]);
  });

  it('lets each member send its clock to others, once each time, and merges them', async () => {
    const room = await made('three', jo, al, bo);
    expect(await client.runClocks(al, room, true)).toMatchObject({ phase: 'running', exchanges: 0 });
    await notes.more(room, 30);
    expect(await client.runClocks(al, room, false)).toMatchObject({ phase: 'stopped' });
    const { exchanges, members, last } = await client.clocks(jo, room);
    const all = notes.exchanges(room);
    expect([all.length, last]).toEqual([exchanges, all.slice(-16)]);
    follow(all);
    expect(new Set(all.map(({ from }) => from))).toEqual(new Set(['Jo', 'Al', 'Bo']));
    for (const { name, vector } of members) {
      const mine = all.findLast(({ from, to }) => from === name || to === name)!;
      expect(vector).toEqual((mine.from === name ? mine.sent : mine.after).vector);
    }
    // One replica did it, but for what it was asked.
    const driving = notes.in(room).filter(({ type }) => type === 'exchanged');
    expect(new Set(driving.map(({ node }) => node)).size).toBe(1);
    // Each is in the log of the one that did it.
    const printed = told.map((line) => JSON.parse(line) as { room?: string; number?: number; node: string });
    const lines = printed.filter((line) => line.room === room && line.number !== undefined);
    expect(lines.map(({ number, node }) => [number, node])).toEqual(
      all.map(({ number }) => [number, driving[0]!.node]),
    );
  });

  it('ends with the event that says so', async () => {
    const room = await made('ends', jo, al);
    for (let round = 0; round < 5; round += 1) {
      await client.runClocks(jo, room, true);
      await notes.more(room, 2);
      await client.runClocks(jo, room, false);
    }
    await notes.until(() => notes.in(room).filter(({ type }) => type === 'stopped').length === 5);
    let isRunning = false;
    for (const { type } of notes.in(room)) {
      expect(type === 'exchanged' && !isRunning).toBe(false);
      isRunning = type === 'started' || (isRunning && type !== 'stopped');
    }
    follow(notes.exchanges(room));
  });

  it('waits for a second member and says so; who comes takes part, who leaves drops out', async () => {
    const room = await made('alone', jo);
    expect(await client.runClocks(jo, room, true)).toMatchObject({ phase: 'waiting', members: [{ name: 'Jo' }] });
    await client.join(al, room);
    await notes.more(room, 4);
    await client.join(bo, room);
    await notes.until(() => notes.exchanges(room).some(({ from }) => from === 'Bo'));
    await client.leave(al, room);
    await notes.until(() => notes.in(room).some((event) => event.type === 'changed' && event.left.includes('Al')));
    await notes.more(room, 4);
    const later = notes.exchanges(room).slice(-4);
    for (const { from, to, after } of later) expect([from, to, Object.keys(after.vector)].flat()).not.toContain('Al');
    await client.leave(bo, room);
    await notes.until(() => notes.in(room).at(-1)?.state.phase === 'waiting');
    expect(told.some((line) => line.includes('clocks wait for a second member'))).toBe(true);
  });

  it('goes on at the other replica when the one that does it is gone, without a hole', async () => {
    const room = await made('handed-over', jo, al);
    await client.runClocks(jo, room, true);
    await notes.more(room, 5);
    const driving = notes.in(room).at(-1)!.node;
    await stage.stop(driving);
    await notes.until(() => notes.in(room).at(-1)!.node !== driving);
    await notes.more(room, 5);
    await stage.replica(driving, { log: log(driving) });
    await notes.more(room, 5);
    await client.runClocks(jo, room, false);
    follow(notes.exchanges(room));
  });

  it('is done once by replicas that all believe that it is theirs to do', async () => {
    const room = await made('rivals', jo, al, bo);
    // Without a pause everything is always to be done at once by everybody.
    await client.runClocks(jo, room, true);
    const rivals = await Promise.all(
      ['chat-8', 'chat-9'].map((node) => stage.replica(node, { clockPause: { min: 0, max: 0 }, clockGraceMs: 0 })),
    );
    expect(rivals).toHaveLength(2);
    await notes.more(room, 60);
    await client.runClocks(jo, room, false);
    const nodes = new Set(notes.in(room).flatMap(({ type, node }) => (type === 'exchanged' ? [node] : [])));
    expect(nodes.size).toBeGreaterThan(1);
    follow(notes.exchanges(room));
    for (const node of ['chat-8', 'chat-9']) await stage.stop(node);
  });

  it('leaves out what a stranger puts among its events', async () => {
    const room = await made('disturbed', jo, al);
    await client.runClocks(jo, room, true);
    await notes.more(room, 1);
    const stranger = new Stream(await stage.bus('stranger'), clockStream);
    const lines = [new TextEncoder().encode('{"type":"exchanged"}'), new TextEncoder().encode('"x"')];
    for (const line of lines) while ((await stranger.appendAfter(room, line, await stranger.last(room))) === undefined);
    await notes.more(room, 3);
    await client.runClocks(jo, room, false);
    follow(notes.exchanges(room));
  });

  it('goes on with the same clocks after everything was killed and started again', async () => {
    const room = await made('kept', jo, al);
    await client.runClocks(jo, room, true);
    await notes.more(room, 5);
    for (const node of ['chat-1', 'chat-2']) await stage.stop(node);
    const reconnected = new Promise<void>((resolve) => client.bus.onConnection((connected) => connected && resolve()));
    await stage.restartBroker();
    await reconnected;
    await stage.replica('chat-3');
    await notes.more(room, 5);
    follow(notes.exchanges(room));
    const asked = async () => {
      for (;;) {
        try {
          return await client.clocks(jo, room);
        } catch (error) {
          // A replica that is not connected yet.
          expect(error).toMatchObject({ name: 'BusError' });
        }
      }
    };
    expect((await asked()).exchanges).toBeGreaterThanOrEqual(10);
  });
});
