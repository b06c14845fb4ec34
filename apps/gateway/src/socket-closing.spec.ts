// When the gateway closes a WebSocket, and what becomes of the others and of who comes back.
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { closeCodes } from '@parley/contracts';
import { Refusal } from '@parley/messaging';
import type { ScriptedChat } from './testing/scripted-chat.js';
import { SocketClient } from './testing/socket-client.js';
import { id, offsets, SocketStage } from './testing/socket-stage.js';
import type { Stage } from './testing/stage.js';

// A broker and processes start slowly on a busy machine.
jest.setTimeout(30_000);

describe('the WebSocket closes', () => {
  let on: SocketStage;
  let stage: Stage;
  let chat: ScriptedChat;
  let room: string;

  beforeAll(async () => {
    on = await SocketStage.set();
    ({ stage, chat } = on);
  });
  afterAll(() => on.clear());
  beforeEach(() => {
    on.begin();
    ({ room } = on);
  });
  afterEach(() => on.end());

  it('on who does not take what is sent: memory for a client is bounded', async () => {
    const patient = await stage.gateway(undefined, { pingMs: 60_000, maxBufferedBytes: 64 * 1024 });
    const client = await on.enter(patient.gateway);
    client.socket.pause();
    const text = 'x'.repeat(8_000);
    for (let n = 0; n < 3_000; n += 1) client.send({ id: String(n), op: 'say', d: { room, id: id(n), text } });
    await stage.logLine(({ msg, code }) => msg === 'a WebSocket is closed' && code === closeCodes.slow);
    client.socket.resume();
    expect(await client.closed).toBe(closeCodes.slow);
  });

  it('at a mebibyte, while others are told everything, and it comes back to exactly where it was', async () => {
    const { gateway: busy } = await stage.gateway(undefined, { pingMs: 60_000 });
    await on.happens();
    const [slow, quick] = [await on.enter(busy), await on.enter(busy)];
    slow.socket.pause();
    const told = stage.logged.length;
    const isClosed = (): boolean => stage.logged.slice(told).some(({ code }) => code === closeCodes.slow);
    let last = 1;
    for (; !isClosed(); last += 1) await on.happens('x'.repeat(8_000));
    await on.happens('afterwards');
    last += 1;
    slow.socket.resume();
    expect(await slow.closed).toBe(closeCodes.slow);
    await quick.push((push) => push.ev === 'room.event' && push.off === last);

    const seen = offsets(slow).at(-1)!;
    expect(seen).toBeLessThan(last);
    const back = await on.enter(busy, { [room]: { epoch: 1, offset: seen } });
    const all = Array.from({ length: last }, (_, index) => index + 1);
    expect([...offsets(slow), ...offsets(back)]).toEqual(all);
    expect(offsets(quick)).toEqual(all);
    expect(back.told.at(-2)).toBe(`${room} synced at ${String(last)}, recovered ${String(last - seen)}`);
  });

  it('on nobody else when connections are cut in the middle of a frame, and their places are free again', async () => {
    const { gateway: small } = await stage.gateway(undefined, { connections: 2 });
    const other = await on.enter(small);
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
    const client = await on.greeted();
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
    const client = await on.greeted();
    expect(await client.closed).toBe(closeCodes.unavailable);
    expect(client.replies).toHaveLength(1);
  });

  it('for good when the client is gone before the chat has told who it is: nothing is asked for it', async () => {
    let asked = 0;
    chat.onRoomsOf = async () => {
      asked += 1;
      return { rooms: chat.rooms() };
    };
    const gone = await on.opened();
    chat.onRedeem = async () => {
      chat.onRedeem = () => undefined;
      gone.socket.close();
      await gone.closed;
    };
    gone.send({ id: 'hello', op: 'hello', d: { ticket: await on.newTicket() } });
    await gone.closed;
    await (await on.greeted()).caughtUp();
    expect(asked).toBe(1);
  });

  it('not when it fails to be told whether the session is over: that is told in the log, and asked again', async () => {
    const client = await on.greeted();
    await client.caughtUp();
    chat.onAuthenticate = () => {
      chat.onAuthenticate = () => undefined;
      throw new Error('a defect');
    };
    await stage.logLine(({ msg }) => msg === 'it could not be told whether a session is over');
    client.send({ id: 'after', op: 'say', d: { room, id: id(9), text: 'hello' } });
    expect(await client.reply('after')).toMatchObject({ ok: true });
  });

  it('no door to others when one network has its share of the connections, nor to who is known when many are not', async () => {
    const { gateway: small } = await stage.gateway(undefined, { connections: 8, awaited: 4 });
    const clients: SocketClient[] = [];
    const open = async (options = {}): Promise<SocketClient> => {
      const client = await SocketClient.open(small.address, options);
      clients.push(client);
      return client;
    };
    const greet = async (client: SocketClient): Promise<void> => {
      client.send({ id: 'hello', op: 'hello', d: { ticket: await on.newTicket() } });
      await client.caughtUp();
    };
    const others = { localAddress: '127.0.0.2' };
    // Three may be open that have said nothing, six in all; then there is room for others still.
    const silent = [await open(), await open(), await open()];
    await expect(open()).rejects.toThrow(/503/);
    await greet(await open(others));
    await open(others);
    await expect(open(others)).rejects.toThrow(/503/);
    for (const client of silent) await greet(client);
    for (let n = 0; n < 3; n += 1) await greet(await open());
    await expect(open()).rejects.toThrow(/503/);
    silent[0]!.close();
    await silent[0]!.closed;
    const again = async (): Promise<SocketClient> => open().catch(again);
    await greet(await again());
    for (const client of clients) client.close();
  });

  it('on who has gone without a word', async () => {
    const client = await on.greeted();
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

/** A text frame as a client sends it, RFC 6455, 5.2; shorter than 126 bytes. */
function maskedFrame(text: string): Buffer {
  const mask = [1, 2, 3, 4];
  const payload = Buffer.from(text).map((byte, index) => byte ^ mask[index % 4]!);
  return Buffer.concat([Buffer.from([0x81, 0x80 | payload.length, ...mask]), payload]);
}
