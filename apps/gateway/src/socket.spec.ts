// The WebSocket, as far as it is the gateway's: who is let in, and what is told.
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { clockStream, closeCodes, problem, problemKinds, SUBPROTOCOL } from '@parley/contracts';
import { Stream } from '@parley/messaging';
import type { Gateway } from './gateway.js';
import type { ScriptedChat } from './testing/scripted-chat.js';
import { SocketClient } from './testing/socket-client.js';
import { id, offsets, SocketStage } from './testing/socket-stage.js';
import type { Stage } from './testing/stage.js';

// A broker and processes start slowly on a busy machine.
jest.setTimeout(30_000);

describe('the WebSocket', () => {
  let on: SocketStage;
  let stage: Stage;
  let chat: ScriptedChat;
  let gateway: Gateway;
  let room: string;

  beforeAll(async () => {
    on = await SocketStage.set();
    ({ stage, chat, gateway } = on);
  });
  afterAll(() => on.clear());
  beforeEach(() => {
    on.begin();
    ({ room } = on);
  });
  afterEach(() => on.end());

  describe('lets in', () => {
    it('who shows a ticket, once', async () => {
      const shown = await on.newTicket();
      const first = await on.opened();
      first.send({ id: '1', op: 'hello', d: { ticket: shown } });
      expect(await first.reply('1')).toMatchObject({ ok: true });
      await first.caughtUp();
      expect(first.pushes[0]).toEqual({ ev: 'welcome', user: { name: 'Jo', kind: 'account' }, rooms: [] });
      const second = await on.opened();
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
      await expect(on.opened(options, protocol)).rejects.toThrow(status);
    });

    it('pages of its own', async () => {
      await on.opened({ origin: gateway.address });
    });

    it.each([
      ['at another address', '/elsewhere', '', 'unknown-route'],
      ['without a subprotocol', '/ws', '', 'subprotocol-required'],
      ['for a page of another site', '/ws', 'Origin: https://elsewhere.example\r\n', 'origin-refused'],
      ['beyond as many as can be', '/ws', '', 'overloaded'],
    ] as const)('nobody %s, and says why', async (_, url, header, code) => {
      const { gateway: full } = await stage.gateway(undefined, { connections: code === 'overloaded' ? 0 : 1 });
      const { port } = new URL(full.address);
      const protocol = code === 'subprotocol-required' ? 'mqtt' : SUBPROTOCOL;
      const socket = connect(Number(port), '127.0.0.1');
      socket.write(
        `GET ${url} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${header}` +
          `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: ${protocol}\r\n\r\n`,
      );
      const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n');
      const told = problem.parse(JSON.parse(body));
      expect(told).toMatchObject({ code, ...problemKinds[code] });
      expect(head).toMatch(new RegExp(`^HTTP/1.1 ${String(told.status)} `));
      expect(head).toMatch(/^content-type: application\/problem\+json$/m);
      const logged = { route: '/ws', code, correlation: told.correlation };
      expect(stage.logged).toContainEqual(expect.objectContaining(logged));
    });
  });

  describe('tells', () => {
    it('the last of each room, then what happens', async () => {
      for (let n = 0; n < 60; n += 1) await on.happens();
      const client = await on.greeted();
      await client.caughtUp();
      const last = Array.from({ length: 50 }, (_, index) => `${room} ${String(index + 11)}`);
      expect(client.told).toEqual(['welcome', ...last, `${room} synced at 60, the last 50`, 'caught_up']);
      const event = await on.happens('new');
      const told = await client.push((push) => push.ev === 'room.event' && push.off === 61);
      expect(told).toMatchObject({ room, epoch: 1, d: { text: 'new', lamport: event.lamport } });
    });

    it('all that is missing since the position that was shown, however much, and that nothing is', async () => {
      for (let n = 0; n < 230; n += 1) await on.happens();
      const client = await on.greeted({ [room]: { epoch: 1, offset: 20 } });
      await client.caughtUp();
      const missed = Array.from({ length: 210 }, (_, index) => `${room} ${String(index + 21)}`);
      expect(client.told).toEqual(['welcome', ...missed, `${room} synced at 230, recovered 210`, 'caught_up']);
    });

    it('that something is missing when the position is of another record', async () => {
      await on.happens();
      const client = await on.greeted({ [room]: { epoch: 99, offset: 1 } });
      await client.caughtUp();
      expect(client.told).toEqual(['welcome', `${room} 1`, `${room} synced at 1, the last 1`, 'caught_up']);
    });

    it('once what happens while it tells of the past, wherever it hears of it first', async () => {
      await on.happens();
      let reached = (): void => undefined;
      let go = (): void => undefined;
      const asked = new Promise<void>((resolve) => (reached = resolve));
      const gate = new Promise<void>((resolve) => (go = resolve));
      chat.onRoomsOf = async () => {
        reached();
        await gate;
        const known = chat.rooms();
        await on.happens('after the answer was made');
        return { rooms: known };
      };
      const greeting = on.greeted();
      await asked;
      await on.happens('before the answer was made');
      go();
      const client = await greeting;
      await client.push((push) => push.ev === 'room.event' && push.off === 3);
      await client.caughtUp();
      expect(client.told.filter((each) => each.startsWith(`${room} `) && !each.includes('synced'))).toEqual(
        [1, 2, 3].map((offset) => `${room} ${String(offset)}`),
      );
    });

    it('the same to all, each in the same order', async () => {
      await on.happens();
      const all = await Promise.all(Array.from({ length: 20 }, () => on.greeted()));
      await Promise.all(all.map((client) => client.caughtUp()));
      for (let n = 0; n < 30; n += 1) await on.happens();
      for (const client of all) {
        await client.push((push) => push.ev === 'room.event' && push.off === 31);
        expect(client.told.slice(-30)).toEqual(
          Array.from({ length: 30 }, (_, index) => `${room} ${String(index + 2)}`),
        );
      }
    });

    it('of clocks that are exchanged in its rooms, as it happens, and of no others', async () => {
      await on.happens();
      const client = await on.greeted();
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
      await on.happens();
      const constant = await on.greeted();
      await constant.caughtUp();
      let last = 1;
      const happening = (async () => {
        for (; last < 150; last += 1) await on.happens();
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
        const client = await on.greeted(before === undefined ? {} : { [room]: { epoch: 1, offset: before } });
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
      await on.happens();
      chat.onRoomsOf = async () => ({ rooms: [] });
      const client = await on.greeted();
      await client.caughtUp();
      await on.happens();
      client.send({ id: 'after', op: 'say', d: { room, id: id(9), text: 'hello' } });
      await client.reply('after');
      expect(client.told).toEqual(['welcome', 'caught_up']);
    });
  });
});
