// The WebSocket, as far as it is the gateway's: the chat is scripted, the record of the rooms is a real stream.
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  clockStream,
  closeCodes,
  MAX_FRAME_BYTES,
  openedSession,
  roomStream,
  ticket,
  type RoomEvent,
} from '@parley/contracts';
import { Refusal, Stream } from '@parley/messaging';
import supertest from 'supertest';
import { ScriptedChat } from './testing/scripted-chat.js';
import { SocketClient } from './testing/socket-client.js';
import { Stage } from './testing/stage.js';
import type { Gateway } from './gateway.js';

// A broker and processes start slowly on a busy machine.
jest.setTimeout(30_000);

const id = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

describe('the WebSocket', () => {
  let stage: Stage;
  let chat: ScriptedChat;
  let gateway: Gateway;
  let token: string;
  let record: Stream<typeof roomStream>;
  let clients: SocketClient[];
  let rooms = 0;
  let room: string;

  beforeAll(async () => {
    stage = await Stage.set();
    chat = new ScriptedChat(await stage.bus('chat-1'));
    await chat.start();
    stage.onClear(() => chat.stop());
    const sockets = { pingMs: 1_000, maxBufferedBytes: 64 * 1024 };
    ({ gateway } = await stage.gateway(undefined, sockets));
    record = new Stream(await stage.bus('chat'), roomStream);
    const answer = await supertest(gateway.address)
      .post('/api/v1/sessions')
      .send({ name: 'Jo', password: 'correct horse' });
    ({ token } = openedSession.parse(answer.body));
  });
  afterAll(() => stage.clear());
  beforeEach(() => {
    clients = [];
    rooms += 1;
    room = `room-${String(rooms)}`;
    chat.record.clear();
    chat.onRoomsOf = async () => ({ rooms: chat.rooms() });
    chat.onSay = (request) => chat.said(request);
  });
  afterEach(() => clients.forEach((client) => client.close()));

  const newTicket = async (): Promise<string> => {
    const answer = await supertest(gateway.address).post('/api/v1/ws-tickets').set('authorization', `Bearer ${token}`);
    expect(answer.status).toBe(201);
    return ticket.parse(answer.body).ticket;
  };
  const opened = async (...parameters: [Parameters<typeof SocketClient.open>[1]?, string?]): Promise<SocketClient> => {
    const client = await SocketClient.open(gateway.address, ...parameters);
    clients.push(client);
    return client;
  };
  const greeted = async (positions?: object): Promise<SocketClient> => {
    const client = await opened();
    client.send({ id: 'hello', op: 'hello', d: { ticket: await newTicket(), ...(positions && { positions }) } });
    expect(await client.reply('hello')).toEqual({ re: 'hello', ok: true, d: {} });
    return client;
  };

  /** Something happens in the room: it is in the record, and the chat knows it. */
  const happens = async (text = 'x'): Promise<RoomEvent> => {
    const events = chat.record.get(room) ?? [];
    chat.record.set(room, events);
    const place = { room, epoch: 1, offset: events.length + 1, at: 1_000, lamport: events.length, vector: {} };
    const from = { name: 'Al', kind: 'account' } as const;
    const event: RoomEvent = { ...place, type: 'said', id: id(place.offset), from, text, gapMs: null };
    events.push(event);
    const payload = new TextEncoder().encode(JSON.stringify(event));
    expect(await record.appendAfter(room, payload, await record.last(room))).toBeGreaterThan(0);
    return event;
  };

  describe('lets in', () => {
    it('who shows a ticket, once', async () => {
      const shown = await newTicket();
      const first = await opened();
      first.send({ id: '1', op: 'hello', d: { ticket: shown } });
      expect(await first.reply('1')).toMatchObject({ ok: true });
      await first.caughtUp();
      expect(first.pushes[0]).toEqual({ ev: 'welcome', user: { name: 'Jo', kind: 'account' }, rooms: [] });
      const second = await opened();
      second.send({ id: '1', op: 'hello', d: { ticket: shown } });
      expect(await second.reply('1')).toMatchObject({ ok: false, err: { code: 'ticket-refused', status: 401 } });
      expect(await second.closed).toBe(closeCodes.ticketRefused);
    });

    it('nobody who says nothing, or something else first', async () => {
      const strict = await stage.gateway(undefined, { helloMs: 1_500 });
      const open = () => SocketClient.open(strict.gateway.address);
      const [silent, hasty] = await Promise.all([open(), open()]);
      hasty.send({ id: '1', op: 'say', d: { room, id: id(1), text: 'hello' } });
      expect(await hasty.reply('1')).toMatchObject({ ok: false, err: { code: 'hello-required' } });
      expect(await Promise.all([silent.closed, hasty.closed])).toEqual([
        closeCodes.helloExpected,
        closeCodes.helloExpected,
      ]);
    });

    it.each([
      ['another protocol', {}, 'mqtt', /400/],
      ['pages of another site', { origin: 'https://elsewhere.example' }, undefined, /403/],
      ['an origin that is none', { origin: 'null' }, undefined, /403/],
    ])('no %s', async (_, options, protocol, status) => {
      await expect(opened(options, protocol)).rejects.toThrow(status);
    });

    it('pages of its own', async () => {
      await opened({ origin: gateway.address });
    });

    it('nobody at another address, and what is no WebSocket is answered', async () => {
      const { port } = new URL(gateway.address);
      const answered = new Promise<string>((resolve) => {
        const socket = connect(Number(port), '127.0.0.1', () =>
          socket.write('GET /elsewhere HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'),
        );
        socket.once('data', (data) => resolve(data.toString()));
      });
      expect(await answered).toMatch(/^HTTP\/1\.1 404 /);
    });
  });

  describe('tells', () => {
    it('the last of each room, then what happens', async () => {
      for (let n = 0; n < 60; n += 1) await happens();
      const client = await greeted();
      await client.caughtUp();
      const last = Array.from({ length: 50 }, (_, index) => `${room} ${String(index + 11)}`);
      expect(client.told).toEqual(['welcome', ...last, `${room} synced at 60, the last 50`, 'caught_up']);
      const event = await happens('new');
      const told = await client.push((push) => push.ev === 'room.event' && push.off === 61);
      expect(told).toMatchObject({ room, epoch: 1, d: { text: 'new', lamport: event.lamport } });
    });

    it('all that is missing since the position that was shown, however much, and that nothing is', async () => {
      for (let n = 0; n < 230; n += 1) await happens();
      const client = await greeted({ [room]: { epoch: 1, offset: 20 } });
      await client.caughtUp();
      const missed = Array.from({ length: 210 }, (_, index) => `${room} ${String(index + 21)}`);
      expect(client.told).toEqual(['welcome', ...missed, `${room} synced at 230, recovered 210`, 'caught_up']);
    });

    it('that something is missing when the position is of another record', async () => {
      await happens();
      const client = await greeted({ [room]: { epoch: 99, offset: 1 } });
      await client.caughtUp();
      expect(client.told).toEqual(['welcome', `${room} 1`, `${room} synced at 1, the last 1`, 'caught_up']);
    });

    it('once what happens while it tells of the past, wherever it hears of it first', async () => {
      await happens();
      let reached = (): void => undefined;
      let go = (): void => undefined;
      const asked = new Promise<void>((resolve) => (reached = resolve));
      const gate = new Promise<void>((resolve) => (go = resolve));
      chat.onRoomsOf = async () => {
        reached();
        await gate;
        const known = chat.rooms();
        await happens('after the answer was made');
        return { rooms: known };
      };
      const greeting = greeted();
      await asked;
      await happens('before the answer was made');
      go();
      const client = await greeting;
      await client.push((push) => push.ev === 'room.event' && push.off === 3);
      await client.caughtUp();
      expect(client.told.filter((each) => each.startsWith(`${room} `) && !each.includes('synced'))).toEqual(
        [1, 2, 3].map((offset) => `${room} ${String(offset)}`),
      );
    });

    it('the same to all, each in the same order', async () => {
      await happens();
      const all = await Promise.all(Array.from({ length: 20 }, () => greeted()));
      await Promise.all(all.map((client) => client.caughtUp()));
      for (let n = 0; n < 30; n += 1) await happens();
      for (const client of all) {
        await client.push((push) => push.ev === 'room.event' && push.off === 31);
        expect(client.told.slice(-30)).toEqual(
          Array.from({ length: 30 }, (_, index) => `${room} ${String(index + 2)}`),
        );
      }
    });

    it('of clocks that are exchanged in its rooms, as it happens, and of no others', async () => {
      await happens();
      const client = await greeted();
      await client.caughtUp();
      const exchanges = new Stream(await stage.bus('clocks'), clockStream);
      const append = async (where: string, content: object): Promise<void> => {
        const state = { phase: 'running', exchanges: 1, members: [] };
        const event = { room: where, epoch: 1, node: 'chat-1', state, ...content };
        const payload = new TextEncoder().encode(JSON.stringify(event));
        await exchanges.appendAfter(where, payload, await exchanges.last(where));
      };
      const stamp = { lamport: 1, vector: { Jo: 1 } };
      const about = { number: 1, at: '2026-01-31T12:00:12.000Z', from: 'Jo', to: 'Al' };
      const exchange = { ...about, sent: stamp, before: stamp, after: stamp };
      await append('elsewhere', { type: 'exchanged', exchange });
      await append(room, { type: 'nonsense' });
      await append(room, { type: 'started', by: 'Jo' });
      await append(room, { type: 'changed', joined: ['Al'], left: [] });
      await append(room, { type: 'exchanged', exchange });
      await client.push(({ ev }) => ev === 'clock.exchanged');
      expect(client.pushes.slice(-3)).toEqual([
        { ev: 'clock.changed', room, d: { phase: 'running', by: 'Jo', joined: [], left: [] } },
        { ev: 'clock.changed', room, d: { phase: 'running', by: null, joined: ['Al'], left: [] } },
        { ev: 'clock.exchanged', room, d: exchange },
      ]);
    });

    it('the same to who comes and goes, at whatever moments, as to who was there all along', async () => {
      await happens();
      const constant = await greeted();
      await constant.caughtUp();
      const offsets = ({ pushes }: SocketClient): number[] =>
        pushes.flatMap((push) => (push.ev === 'room.event' ? [push.off] : []));
      let last = 1;
      const happening = (async () => {
        for (; last < 150; last += 1) await happens();
      })();
      const seen: number[] = [];
      // More happens while the answer to where the rooms stand is under way.
      chat.onRoomsOf = async () => {
        const known = chat.rooms();
        if (last < 140) await constant.push((push) => push.ev === 'room.event' && push.off > known[0]!.offset + 1);
        return { rooms: known };
      };
      for (let round = 0; seen.length < 150; round += 1) {
        const before = seen.at(-1);
        const client = await greeted(before === undefined ? {} : { [room]: { epoch: 1, offset: before } });
        // Goes while it is told of the past, or after some more, or a little later.
        if (round % 3 > 0) await client.caughtUp();
        if (round % 3 > 1 && last < 140)
          await client.push((push) => push.ev === 'room.event' && push.off > (before ?? 0) + 2);
        seen.push(...offsets(client));
        client.close();
      }
      await happening;
      await constant.push((push) => push.ev === 'room.event' && push.off === 150);
      expect(seen).toEqual(offsets(constant));
    });

    it('nothing of rooms that the client is not in', async () => {
      await happens();
      chat.onRoomsOf = async () => ({ rooms: [] });
      const client = await greeted();
      await client.caughtUp();
      await happens();
      client.send({ id: 'after', op: 'say', d: { room, id: id(9), text: 'hello' } });
      await client.reply('after');
      expect(client.told).toEqual(['welcome', 'caught_up']);
    });
  });

  describe('answers', () => {
    it('each command once, in order', async () => {
      const client = await greeted();
      for (let n = 0; n < 200; n += 1)
        client.send({ id: String(n), op: 'say', d: { room, id: id(n), text: `m${String(n)}` } });
      expect(await client.reply('199')).toMatchObject({ ok: true, d: { repeated: false, message: { text: 'm199' } } });
      expect(client.replies.slice(1).map(({ re }) => re)).toEqual(Array.from({ length: 200 }, (_, n) => String(n)));
    });

    it.each([
      ['what is no JSON', '{"id":', null, 'invalid-json'],
      ['nothing', '', null, 'invalid-json'],
      ['binary', Buffer.from([1, 2, 3]), null, 'invalid-frame'],
      ['no object', '7', null, 'invalid-frame'],
      ['no id', { op: 'say', d: {} }, null, 'invalid-frame'],
      ['an id that is a number', { id: 7, op: 'say', d: {} }, null, 'invalid-frame'],
      ['an operation that there is not', { id: 'x', op: 'constructor', d: {} }, 'x', 'invalid-frame'],
      ['a field too many', { id: 'x', op: 'join', d: { room: 'a', as: 'Al' } }, 'x', 'unknown-field'],
      ['a wrong type', { id: 'x', op: 'join', d: { room: 7 } }, 'x', 'invalid-field'],
      ['no data', { id: 'x', op: 'join' }, 'x', 'invalid-field'],
      ['a blank text', { id: 'x', op: 'say', d: { room: 'a', id: id(1), text: ' ' } }, 'x', 'text-blank'],
      ['a second hello', { id: 'x', op: 'hello', d: { ticket: 'pt_x' } }, 'x', 'hello-required'],
      ['what the chat refuses', { id: 'x', op: 'join', d: { room: 'nowhere' } }, 'x', 'unknown-room'],
    ])('%s with the problem, and goes on', async (_, frame, re, code) => {
      const client = await greeted();
      client.send(frame);
      expect(await client.reply(re)).toMatchObject({ re, ok: false, err: { code } });
      client.send({ id: 'next', op: 'say', d: { room, id: id(1), text: 'hello' } });
      expect(await client.reply('next')).toMatchObject({ ok: true });
    });

    it.each([
      ['clocks', { ok: true, d: { phase: 'stopped', exchanges: 7 } }],
      ['clocks.start', { ok: true, d: { phase: 'running' } }],
      ['clocks.stop', { ok: true, d: { phase: 'stopped' } }],
    ])('%s of a room', async (op, expected) => {
      const client = await greeted();
      client.send({ id: 'x', op, d: { room } });
      expect(await client.reply('x')).toMatchObject(expected);
    });

    it('why a message stands where it stands', async () => {
      const client = await greeted();
      client.send({ id: 'x', op: 'why', d: { room, offset: 3 } });
      expect(await client.reply('x')).toMatchObject({ ok: false, err: { code: 'unknown-message' } });
    });

    it('who says too much that it is so, and how to go on', async () => {
      chat.onSay = () => {
        throw new Refusal('too-many-messages', 'Jo does too much at once');
      };
      const client = await greeted();
      client.send({ id: 'x', op: 'say', d: { room, id: id(1), text: 'hello' } });
      const err = { code: 'too-many-messages', status: 429, remedy: expect.stringContaining('Wait for a second') };
      expect(await client.reply('x')).toMatchObject({ ok: false, err });
    });

    it('what went wrong within the chat without telling what', async () => {
      chat.onSay = () => {
        throw new Error('the secret is 1234');
      };
      const client = await greeted();
      client.send({ id: 'x', op: 'say', d: { room, id: id(1), text: 'hello' } });
      const reply = await client.reply('x');
      expect(reply).toMatchObject({ ok: false, err: { code: 'internal' } });
      expect(JSON.stringify(reply)).not.toContain('1234');
    });

    it('no frame that is too large: the connection is closed', async () => {
      const client = await greeted();
      client.send('x'.repeat(MAX_FRAME_BYTES + 1));
      expect(await client.closed).toBe(1009);
    });
  });

  describe('closes', () => {
    it('on who does not take what is sent: memory for a client is bounded', async () => {
      const patient = await stage.gateway(undefined, { pingMs: 60_000, maxBufferedBytes: 64 * 1024 });
      const client = await SocketClient.open(patient.gateway.address);
      clients.push(client);
      client.send({ id: 'hello', op: 'hello', d: { ticket: await newTicket() } });
      await client.caughtUp();
      client.socket.pause();
      const text = 'x'.repeat(8_000);
      for (let n = 0; n < 3_000; n += 1) client.send({ id: String(n), op: 'say', d: { room, id: id(n), text } });
      await stage.logLine(({ msg, code }) => msg === 'a WebSocket is closed' && code === closeCodes.slow);
      client.socket.resume();
      expect(await client.closed).toBe(closeCodes.slow);
    });

    it('at a mebibyte, while others are told everything, and it comes back to exactly where it was', async () => {
      const { gateway: busy } = await stage.gateway(undefined, { pingMs: 60_000 });
      const enter = async (positions = {}): Promise<SocketClient> => {
        const client = await SocketClient.open(busy.address);
        clients.push(client);
        client.send({ id: 'hello', op: 'hello', d: { ticket: await newTicket(), positions } });
        await client.caughtUp();
        return client;
      };
      await happens();
      const [slow, quick] = [await enter(), await enter()];
      slow.socket.pause();
      const told = stage.logged.length;
      const isClosed = (): boolean => stage.logged.slice(told).some(({ code }) => code === closeCodes.slow);
      let last = 1;
      for (; !isClosed(); last += 1) await happens('x'.repeat(8_000));
      await happens('afterwards');
      last += 1;
      slow.socket.resume();
      expect(await slow.closed).toBe(closeCodes.slow);
      await quick.push((push) => push.ev === 'room.event' && push.off === last);

      const offsets = ({ pushes }: SocketClient): number[] =>
        pushes.flatMap((push) => (push.ev === 'room.event' ? [push.off] : []));
      const seen = offsets(slow).at(-1)!;
      expect(seen).toBeLessThan(last);
      const back = await enter({ [room]: { epoch: 1, offset: seen } });
      const all = Array.from({ length: last }, (_, index) => index + 1);
      expect([...offsets(slow), ...offsets(back)]).toEqual(all);
      expect(offsets(quick)).toEqual(all);
      expect(back.told.at(-2)).toBe(`${room} synced at ${String(last)}, recovered ${String(last - seen)}`);
    });

    it('on nobody else when connections are cut in the middle of a frame, and their places are free again', async () => {
      const { gateway: small } = await stage.gateway(undefined, { connections: 2 });
      const other = await SocketClient.open(small.address);
      clients.push(other);
      other.send({ id: 'hello', op: 'hello', d: { ticket: await newTicket() } });
      await other.caughtUp();
      const logged = stage.logged.length;
      const { port } = new URL(small.address);
      const frame = maskedFrame(JSON.stringify({ id: '1', op: 'hello', d: { ticket: 'pt_x' } }));
      for (let end = 0; end < frame.length; end += 7) {
        const socket = connect(Number(port), '127.0.0.1');
        const handshake = new Promise((resolve) => socket.once('data', resolve));
        socket.write(
          'GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
            'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: parley.v1+json\r\n\r\n',
        );
        // A place is free once the server has seen that the one before is gone.
        if (!String(await handshake).startsWith('HTTP/1.1 101')) {
          end -= 7;
          continue;
        }
        socket.write(frame.subarray(0, end));
        const closed = new Promise((resolve) => socket.once('close', resolve));
        if (end % 2 === 0) socket.resetAndDestroy();
        else socket.end();
        await closed;
      }
      other.send({ id: 'after', op: 'say', d: { room, id: id(9), text: 'hello' } });
      expect(await other.reply('after')).toMatchObject({ ok: true });
      expect(stage.logged.slice(logged).filter(({ level }) => level >= 50)).toEqual([]);
    });

    it('when the session is over', async () => {
      const client = await greeted();
      await client.caughtUp();
      const sessions = [...chat.sessions];
      chat.sessions.clear();
      expect(await client.closed).toBe(closeCodes.sessionOver);
      for (const [digest, session] of sessions) chat.sessions.set(digest, session);
    });

    it.each([
      ['cannot', new Refusal('broker-unreachable', 'no store')],
      ['fails to', new Error('a defect')],
    ])('when the chat %s tell what has happened, so that the client comes back', async (_, error) => {
      chat.onRoomsOf = () => {
        throw error;
      };
      const client = await greeted();
      expect(await client.closed).toBe(closeCodes.unavailable);
      expect(client.replies).toHaveLength(1);
    });

    it('for good when the client is gone before the chat has told who it is: nothing is asked for it', async () => {
      let asked = 0;
      chat.onRoomsOf = async () => {
        asked += 1;
        return { rooms: chat.rooms() };
      };
      const gone = await opened();
      chat.onRedeem = async () => {
        chat.onRedeem = () => undefined;
        gone.socket.close();
        await gone.closed;
      };
      gone.send({ id: 'hello', op: 'hello', d: { ticket: await newTicket() } });
      await gone.closed;
      await (await greeted()).caughtUp();
      expect(asked).toBe(1);
    });

    it('on who has gone without a word', async () => {
      const client = await greeted();
      await client.caughtUp();
      client.socket.pause();
      await stage.logLine(({ msg }) => msg === 'a WebSocket answers no pings');
      client.socket.resume();
      expect(await client.closed).toBe(1006);
    });

    it('in order when the gateway stops', async () => {
      const other = await stage.gateway();
      const client = await SocketClient.open(other.gateway.address);
      await other.gateway.stop();
      expect(await client.closed).toBe(closeCodes.goingAway);
    });
  });
});

/** A text frame as a client sends it, RFC 6455, 5.2; shorter than 126 bytes. */
function maskedFrame(text: string): Buffer {
  const mask = [1, 2, 3, 4];
  const payload = Buffer.from(text).map((byte, index) => byte ^ mask[index % 4]!);
  return Buffer.concat([Buffer.from([0x81, 0x80 | payload.length, ...mask]), payload]);
}
