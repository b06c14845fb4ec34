// One reader of a log that grows, without a network: what it costs when nothing is taken.
import { once } from 'node:events';
import { afterEach, describe, expect, it } from '@jest/globals';
import { shownRoomEventOf, type RoomEvent } from '@parley/contracts';
import type { StreamReader } from '@parley/messaging';
import { pino } from 'pino';
import { ProblemError } from '../http/problem.js';
import { RoomFeed } from '../socket/room-feed.js';
import { FollowedLog } from './followed-log.js';

const PAGE = 20;
const TEXT = 'x'.repeat(8_000);
const jo = { name: 'Jo', kind: 'account', session: 's' } as const;

/** A room with so many long messages, and somebody who follows its log. */
class World {
  readonly feed = new RoomFeed(() => ({ stop: () => undefined }) as StreamReader);
  readonly events: RoomEvent[] = [];
  readonly complaints: string[] = [];
  pages = 0;
  isSignedIn = async (): Promise<boolean> => true;
  onRead = (): void => undefined;

  constructor(count: number) {
    this.feed.source.began({ stream: 'a' });
    for (let n = 0; n < count; n += 1) this.happens();
  }

  happens(): void {
    const offset = this.events.length + 1;
    const place = { room: 'kitchen', epoch: 7, offset, at: offset, lamport: offset, vector: {} };
    const id = `00000000-0000-4000-8000-${String(offset).padStart(12, '0')}`;
    const event: RoomEvent = {
      ...place,
      type: 'said',
      id,
      from: { name: 'Al', kind: 'account' },
      text: TEXT,
      gapMs: 0,
    };
    this.events.push(event);
    this.feed.source.message({
      sequence: offset,
      token: 'kitchen',
      payload: new TextEncoder().encode(JSON.stringify(event)),
    });
  }

  follow(recheckMs = 60_000): Promise<FollowedLog> {
    const read = async (after: number) => {
      this.onRead();
      this.pages += 1;
      return { epoch: 7, items: this.events.slice(after, after + PAGE).map(shownRoomEventOf) };
    };
    const isSignedIn = (): Promise<boolean> => this.isSignedIn();
    const log = pino({ level: 'error' }, { write: (line) => void this.complaints.push(line) });
    return FollowedLog.open({ room: 'kitchen', user: jo, feed: this.feed, read, isSignedIn, log, recheckMs }, 0);
  }
}

/** Takes from the log until it has so many messages. */
async function take(log: FollowedLog, count: number): Promise<void> {
  let bytes = 0;
  for (;;) {
    const chunk = log.read() as Buffer | null;
    if (chunk === null) await once(log, 'readable');
    else bytes += chunk.length;
    if (bytes >= count * TEXT.length) return;
  }
}

describe('a log that is followed', () => {
  let log: FollowedLog;
  afterEach(() => void log.destroy());

  it('is read no further than its reader takes it, whatever happens meanwhile', async () => {
    const world = new World(1_000);
    log = await world.follow();
    await take(log, PAGE);
    const before = world.pages;
    for (let n = 0; n < 1_000; n += 1) world.happens();
    expect(world.pages - before).toBeLessThanOrEqual(1);
    expect(log.readableLength).toBeLessThan(3 * PAGE * (TEXT.length + 20));
    await take(log, 1_900);
  });

  it('asks nobody for what happens once its reader has all', async () => {
    const world = new World(3);
    log = await world.follow();
    await take(log, 3);
    world.happens();
    await take(log, 1);
    const before = world.pages;
    for (let n = 0; n < 100; n += 1) {
      world.happens();
      await take(log, 1);
    }
    expect(world.pages).toBe(before);
  });

  it('lets a reader go that takes nothing', async () => {
    log = await new World(100).follow(20);
    log.read(0);
    await once(log, 'close');
    expect(log.readableEnded).toBe(false);
  });

  it('looks at the session again when it cannot be told whether it is over', async () => {
    const world = new World(1);
    let looks = 0;
    world.isSignedIn = async () => {
      looks += 1;
      if (looks < 3) throw new ProblemError('chat-unreachable', 'nobody answers');
      return false;
    };
    log = await world.follow(20);
    await log.forEach(() => undefined);
    expect(looks).toBe(3);
  });

  it('is of no account to others when something fails that should not: it is told, and the session is looked at again', async () => {
    const world = new World(1);
    let looks = 0;
    world.isSignedIn = async () => {
      looks += 1;
      if (looks === 1) throw new Error('a defect');
      return false;
    };
    log = await world.follow(20);
    await log.forEach(() => undefined);
    expect(world.complaints).toEqual([expect.stringContaining('a defect')]);
  });

  it('breaks off, so that the reader comes back, when it cannot be told what has happened', async () => {
    const world = new World(100);
    log = await world.follow();
    world.onRead = () => {
      throw new ProblemError('chat-unreachable', 'nobody answers');
    };
    log.read(0);
    await once(log, 'close');
    expect(log.readableEnded).toBe(false);
  });
});
