// The log of a room over HTTP: in parts, and as it grows. The chat is scripted, the record of the rooms is a real stream.
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { openedSession, roomStream, type RoomEvent } from '@parley/contracts';
import { Refusal, Stream } from '@parley/messaging';
import supertest from 'supertest';
import type { Gateway } from './gateway.js';
import type { ScriptedChat } from './testing/scripted-chat.js';
import { Stage } from './testing/stage.js';

// A broker and processes start slowly on a busy machine.
jest.setTimeout(30_000);

const TEXTS = ['Hello', 'שלום', '👩‍👩‍👧‍👦 🎉', 'two\nlines', ', ; : | )- [ "'];

/** What a reader of a log that goes on has been sent. */
class Reader {
  text = '';
  /** Resolves when the answer is over: whether it ended in order. */
  readonly over: Promise<boolean>;
  private look = (): void => undefined;

  constructor(readonly response: Response) {
    this.over = this.read();
  }

  async until(part: string): Promise<void> {
    while (!this.text.includes(part)) await new Promise<void>((resolve) => (this.look = resolve));
  }

  private async read(): Promise<boolean> {
    const decoder = new TextDecoder();
    try {
      for await (const chunk of this.response.body!) {
        this.text += decoder.decode(chunk as Uint8Array, { stream: true });
        this.look();
      }
      return true;
    } catch {
      return false;
    }
  }
}

describe('the log of a room', () => {
  let stage: Stage;
  let chat: ScriptedChat;
  let gateway: Gateway;
  let record: Stream<typeof roomStream>;
  let token: string;
  let rooms = 0;
  let room: string;
  let log: string;

  beforeAll(async () => {
    stage = await Stage.set();
    chat = await stage.chat();
    ({ gateway } = await stage.gateway(undefined, { pingMs: 400 }));
    record = new Stream(await stage.bus('chat'), roomStream);
  });
  afterAll(() => stage.clear());
  beforeEach(async () => {
    rooms += 1;
    room = `room-${String(rooms)}`;
    log = `/api/v1/rooms/${room}/log.txt`;
    chat.roomsEpoch = 1;
    chat.onHistory = () => undefined;
    const signedIn = await supertest(gateway.address)
      .post('/api/v1/sessions')
      .send({ name: 'Jo', password: 'correct horse' });
    ({ token } = openedSession.parse(signedIn.body));
  });

  const get = (path: string, headers: Record<string, string> = {}, from = gateway): Promise<Response> =>
    fetch(`${from.address}${path}`, { headers: { authorization: `Bearer ${token}`, ...headers } });
  const follow = async (query = '', from = gateway): Promise<Reader> =>
    new Reader(await get(`${log}?follow=true${query}`, {}, from));

  type Content = { type: 'said'; text: string } | { type: 'left'; name: string };
  /** Something happens in the room: it is in the record, and the chat knows it. */
  const happens = async (content: Content): Promise<void> => {
    const events = chat.record.get(room) ?? [];
    chat.record.set(room, events);
    const place = {
      room,
      epoch: chat.roomsEpoch,
      offset: events.length + 1,
      at: 1_000,
      lamport: events.length,
      vector: {},
    };
    const id = `00000000-0000-4000-8000-${String(place.offset).padStart(12, '0')}`;
    const event: RoomEvent =
      content.type === 'said'
        ? { ...place, id, from: { name: 'Al', kind: 'account' }, gapMs: 12_000, ...content }
        : { ...place, type: 'left', who: { name: content.name, kind: 'account' } };
    events.push(event);
    const payload = new TextEncoder().encode(JSON.stringify(event));
    await record.appendAfter(room, payload, await record.last(room));
  };
  const says = (text: string): Promise<void> => happens({ type: 'said', text });
  /** So much was said before anybody followed. */
  const said = (count: number): void => {
    const from = { name: 'Al', kind: 'account' } as const;
    const events = Array.from({ length: count }, (_, n): RoomEvent => {
      const id = `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
      const place = { room, epoch: chat.roomsEpoch, offset: n + 1, at: 1_000, lamport: n, vector: {} };
      return { ...place, type: 'said', id, from, text: TEXTS[n % TEXTS.length]!, gapMs: null };
    });
    chat.record.set(room, events);
  };

  describe('in parts', () => {
    it('is what the same bytes of the whole are, whichever these are', async () => {
      said(330);
      const whole = Buffer.from(await (await get(log)).arrayBuffer());
      const ends = [0, 1, 5, 17, 1_000, 2_500, whole.length - 1];
      for (const start of ends)
        for (const end of ends.filter((each) => each >= start)) {
          const answer = await get(log, { range: `bytes=${String(start)}-${String(end)}` });
          expect([answer.status, answer.headers.get('content-range'), answer.headers.get('content-length')]).toEqual([
            206,
            `bytes ${String(start)}-${String(end)}/${String(whole.length)}`,
            String(end + 1 - start),
          ]);
          expect(Buffer.from(await answer.arrayBuffer())).toEqual(whole.subarray(start, end + 1));
        }
      const last = await get(log, { range: 'bytes=-9' });
      expect(Buffer.from(await last.arrayBuffer())).toEqual(whole.subarray(-9));
    });

    it('goes on where somebody has come to, while it grows', async () => {
      said(120);
      const answer = await get(log);
      const [etag, text] = [answer.headers.get('etag')!, Buffer.from(await answer.arrayBuffer())];
      const end = { range: `bytes=${String(text.length)}-`, 'if-range': etag };
      const nothing = await get(log, end);
      expect([nothing.status, nothing.headers.get('content-range')]).toEqual([416, `bytes */${String(text.length)}`]);
      expect(await nothing.json()).toMatchObject({ code: 'range-not-satisfiable' });
      await says('more');
      const more = await get(log, end);
      expect([more.status, await more.text()]).toEqual([206, 'Al:(0:12)-more\n']);
      expect(more.headers.get('etag')).not.toBe(etag);
    });

    it('is sent whole when what somebody has is of another record, and nothing of that is remembered', async () => {
      said(150);
      const etag = (await get(log)).headers.get('etag')!;
      expect((await get(log, { range: 'bytes=10-' })).status).toBe(206);
      chat.roomsEpoch = 2;
      said(200);
      const whole = await (await get(log)).text();
      for (const tag of [etag, '"nonsense"', `W/${etag}`, 'Sat, 21 Nov 2026 11:00:00 GMT']) {
        const answer = await get(log, { range: 'bytes=3-', 'if-range': tag });
        expect([answer.status, await answer.text()]).toEqual([200, whole]);
      }
      expect(await (await get(log, { range: 'bytes=3-6' })).text()).toBe('(-)-');
    });

    it('is for members only', async () => {
      said(3);
      chat.onHistory = () => {
        throw new Refusal('membership-required', 'Jo is not in the room');
      };
      for (const answer of [await get(log, { range: 'bytes=0-3' }), await get(`${log}?follow=true`)])
        expect([answer.status, await answer.json()]).toMatchObject([403, { code: 'membership-required' }]);
    });
  });

  describe('as it grows', () => {
    it('is told from its beginning, or from a place, and then as things happen, each once', async () => {
      said(230);
      const whole = await (await get(log)).text();
      const [all, some] = [await follow(), await follow('&after=229')];
      for (let n = 0; n < 30; n += 1) await says(`after ${String(n)}`);
      const after = Array.from({ length: 30 }, (_, n) => `Al:(0:12)-after ${String(n)}\n`).join('');
      for (const reader of [all, some]) await reader.until('after 29');
      expect(all.text).toBe(whole + after);
      expect(some.text).toBe(`${whole.slice(whole.lastIndexOf('Al:'))}${after}`);
      for (const reader of [all, some]) await reader.response.body?.cancel().catch(() => undefined);
    });

    it('ends when the reader leaves the room, and not when another does', async () => {
      said(1);
      const reader = await follow();
      await happens({ type: 'left', name: 'Al' });
      await reader.until('* Al left\n');
      await happens({ type: 'left', name: 'Jo' });
      expect(await reader.over).toBe(true);
      expect(reader.text).toBe('Al:(-)-Hello\n* Al left\n* Jo left\n');
    });

    it('ends when the session is over', async () => {
      said(1);
      const reader = await follow();
      await reader.until('Hello');
      chat.sessions.clear();
      expect(await reader.over).toBe(true);
    });

    it('ends when the record is another one', async () => {
      said(1);
      const reader = await follow();
      await reader.until('Hello');
      chat.roomsEpoch = 2;
      await says('of another record');
      expect(await reader.over).toBe(true);
      expect(reader.text).not.toContain('another record');
    });

    it('ends when the gateway stops', async () => {
      said(1);
      const other = await stage.gateway();
      const reader = await follow('', other.gateway);
      await reader.until('Hello');
      await other.gateway.stop();
      expect(await reader.over).toBe(true);
    });
  });
});
