import { describe, expect, it } from '@jest/globals';
import type { RoomEvent } from '@parley/contracts';
import type { StreamReader } from '@parley/messaging';
import { RoomFeed } from './room-feed.js';

const from = { name: 'Jo', kind: 'guest' } as const;
const said: RoomEvent = {
  ...{ room: 'kitchen', epoch: 7, offset: 3, at: 1_000, lamport: 4, vector: { 'chat-1': 4 } },
  ...{ type: 'said', id: '00000000-0000-4000-8000-000000000001', from, text: 'Tea?', gapMs: null },
};
const payload = new TextEncoder().encode(JSON.stringify(said));

describe('what happens in a room', () => {
  it('is serialised once for all who are told of it, and not for those who are not', async () => {
    const feed = new RoomFeed(() => ({ stop: () => undefined }) as StreamReader);
    feed.source.began({ stream: 'a' });
    const frames: Buffer[] = [];
    for (let n = 0; n < 100; n += 1)
      await feed.listen({
        happened: ({ frame }) => frames.push(frame()),
        lost: () => undefined,
        aside: () => undefined,
      });
    feed.source.message({ sequence: 1, token: 'kitchen', payload });
    expect(frames).toHaveLength(100);
    for (const frame of frames) expect(frame).toBe(frames[0]);
    feed.source.message({ sequence: 2, token: 'cellar', payload });
    expect(frames).toHaveLength(100);
  });
});
