// Nonsense over real WebSockets: each frame that is no command is answered with its problem, what is no WebSocket frame closes its
// own connection with the code that says so, and nobody else notices. What a frame is refused with is in socket/frame.spec.ts.
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { closeCodes, MAX_FRAME_BYTES, openedSession, socketOperations, SUBPROTOCOL, ticket } from '@parley/contracts';
import fc from 'fast-check';
import supertest from 'supertest';
import type { Gateway } from './gateway.js';
import { ScriptedChat } from './testing/scripted-chat.js';
import { SocketClient } from './testing/socket-client.js';
import { Stage, type Operator } from './testing/stage.js';

// A broker and processes start slowly on a busy machine.
jest.setTimeout(30_000);

const SEED = 6455;

const examples = Object.entries(socketOperations).map(([op, { example }]) =>
  JSON.stringify({ id: '7', op, d: example.command }),
);

/** No command, and text all the same: commands that end early, other JSON, and commands in which a character is another. */
const nonsense = fc.oneof(
  fc.tuple(fc.constantFrom(...examples), fc.nat()).map(([text, cut]) => text.slice(0, cut % text.length)),
  fc.json({ maxDepth: 3 }),
  fc
    .tuple(fc.constantFrom(...examples), fc.nat(), fc.string({ unit: 'binary', maxLength: 3 }))
    .map(([text, at, other]) => text.slice(0, at % text.length) + other + text.slice((at % text.length) + 1)),
);

describe('nonsense', () => {
  let stage: Stage;
  let gateway: Gateway;
  let operator: Operator;
  let token: string;
  let other: SocketClient;
  const clients: SocketClient[] = [];

  const entered = async (): Promise<SocketClient> => {
    const issued = await supertest(gateway.address).post('/api/v1/ws-tickets').set('authorization', `Bearer ${token}`);
    const client = await SocketClient.open(gateway.address);
    clients.push(client);
    client.send({ id: 'hello', op: 'hello', d: { ticket: ticket.parse(issued.body).ticket } });
    await client.caughtUp();
    return client;
  };

  beforeAll(async () => {
    stage = await Stage.set();
    const chat = new ScriptedChat(await stage.bus('chat-1'));
    await chat.start();
    stage.onClear(() => chat.stop());
    ({ gateway, operator } = await stage.gateway(undefined, { pingMs: 60_000 }));
    const opened = await supertest(gateway.address)
      .post('/api/v1/sessions')
      .send({ name: 'Jo', password: 'correct horse' });
    ({ token } = openedSession.parse(opened.body));
    other = await entered();
  });
  afterAll(async () => {
    for (const client of clients) client.close();
    await stage.clear();
  });

  let asked = 0;
  /** Who has sent none of it is served as before, over the same connection, and the server has made no mistake. */
  afterEach(async () => {
    asked += 1;
    other.send({ id: `after-${String(asked)}`, op: 'nodes', d: {} });
    expect(await other.reply(`after-${String(asked)}`)).toMatchObject({ ok: true });
    expect(stage.logged.filter(({ level }) => level >= 50)).toEqual([]);
  });

  it.each(['before', 'after'])(
    'in frames %s hello is answered, each once, and the connection goes on',
    async (when) => {
      const client = when === 'after' ? await entered() : await SocketClient.open(gateway.address);
      clients.push(client);
      const before = client.replies.length;
      const frames = fc
        .sample(nonsense, { seed: SEED, numRuns: 600 })
        // A ticket that is none closes the connection, as it should.
        .filter((frame) => when === 'after' || !frame.includes('"hello"'));
      for (const frame of frames) client.send(frame);
      client.send({ id: 'last', op: 'nodes', d: {} });
      const last = await client.reply('last');
      expect(last.ok).toBe(when === 'after');
      const replies = client.replies.slice(before);
      expect(replies).toHaveLength(frames.length + 1);
      const codes = new Set(replies.flatMap((reply) => (reply.ok ? [] : [reply.err.code])));
      expect([...codes]).toEqual(
        expect.arrayContaining(['invalid-json', 'invalid-frame', 'unknown-field', 'invalid-field']),
      );
      expect(codes).not.toContain('internal');
    },
  );

  it.each([
    ['without a mask', [0x81, 0x02, 0x7b, 0x7d], 1002],
    ['with a reserved bit', [0xc1, 0x80, 0, 0, 0, 0], 1002],
    ['of a kind that there is not', [0x83, 0x80, 0, 0, 0, 0], 1002],
    ['that goes on with what was not begun', [0x80, 0x80, 0, 0, 0, 0], 1002],
    ['of control that is cut in parts', [0x09, 0x80, 0, 0, 0, 0], 1002],
    ['of control that is too long', [0x89, 0xfe, 0, 126, 0, 0, 0, 0], 1002],
    ['that closes with half a code', [0x88, 0x81, 0, 0, 0, 0, 0x03], 1002],
    ['of text that is not UTF-8', [0x81, 0x82, 0, 0, 0, 0, 0xc3, 0x28], 1007],
    ['of more than 64 KiB', [0x82, 0xff, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0], 1009],
    ['of more bytes than there are', [0x82, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0], 1009],
  ])('as a frame %s closes its connection with the code that says so', async (_, bytes, code) => {
    const raw = await RawSocket.open(gateway.address);
    raw.write(Buffer.from(bytes));
    expect(await raw.closed).toBe(code);
  });

  it('is not what a command is that comes in parts', async () => {
    const raw = await RawSocket.open(gateway.address);
    const text = Buffer.from('{"id":"7","op":"nodes","d":{}}');
    for (let at = 0; at < text.length; at += 1) {
      const opcode = at === 0 ? 0x01 : 0x00;
      const final = at === text.length - 1 ? 0x80 : 0x00;
      raw.write(Buffer.from([final | opcode, 0x81, 0, 0, 0, 0, text[at]!]));
    }
    expect(await raw.told()).toContain('"code":"hello-required"');
    raw.end();
  });

  it('in parts without an end closes its connection at 64 KiB', async () => {
    const raw = await RawSocket.open(gateway.address);
    const part = Buffer.concat([Buffer.from([0x00, 0xfe, 0x10, 0x00, 0, 0, 0, 0]), Buffer.alloc(4_096, 'x')]);
    raw.write(Buffer.from([0x01, 0x80, 0, 0, 0, 0]));
    for (let bytes = 0; bytes <= MAX_FRAME_BYTES; bytes += 4_096) raw.write(part);
    expect(await raw.closed).toBe(1009);
  });

  it('of any bytes at all is answered, or closes its own connection', async () => {
    const bytes = fc.sample(fc.uint8Array({ minLength: 1, maxLength: 300 }), { seed: SEED, numRuns: 150 });
    for (const each of bytes) {
      const raw = await RawSocket.open(gateway.address);
      raw.write(Buffer.from(each));
      raw.end();
      expect([1000, 1002, 1005, 1006, 1007, 1009]).toContain(await raw.closed);
    }
  });

  it('is counted, by operation and by problem, for the operator', async () => {
    await supertest(gateway.address).get('/metrics').expect(401);
    const stranger = await SocketClient.open(gateway.address);
    stranger.send({ id: 'hello', op: 'hello', d: { ticket: 'pt_x' } });
    expect(await stranger.closed).toBe(closeCodes.ticketRefused);
    other.send({ id: 'where', op: 'join', d: { room: 'nowhere' } });
    await other.reply('where');
    const { text, headers } = await operator.get('/metrics').expect(200);
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    const counted = new Map(text.split('\n').map((line) => line.split(/ (?=\S+$)/) as [string, string]));
    const count = (name: string): number => Number(counted.get(name) ?? 0);
    expect(count('parley_websocket_commands_refused_total{op="join",code="unknown-room"}')).toBeGreaterThan(0);
    expect(count('parley_websocket_commands_refused_total{op="none",code="invalid-json"}')).toBeGreaterThan(100);
    expect(count(`parley_websocket_closed_total{code="${String(closeCodes.ticketRefused)}"}`)).toBe(1);
    expect(count('parley_websocket_connections')).toBeGreaterThanOrEqual(1);
    expect(count('parley_http_problems_total{code="unauthorized"}')).toBe(1);
    const served = 'method="POST",route="/api/v1/ws-tickets",status="201"';
    expect(count(`parley_http_request_duration_seconds_count{${served}}`)).toBeGreaterThanOrEqual(1);
    expect(count('process_cpu_seconds_total')).toBeGreaterThan(0);
  });
});

/** A WebSocket whose client sends whatever bytes it likes. */
class RawSocket {
  /** With which code the server closed; 1006 without one. */
  readonly closed: Promise<number>;
  private received = Buffer.alloc(0);

  private constructor(private readonly socket: ReturnType<typeof connect>) {
    socket.on('data', (data: Buffer) => (this.received = Buffer.concat([this.received, data])));
    // The server closes on who sends nonsense; what counts is what it said before.
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => socket.once('close', () => resolve(this.code())));
  }

  static async open(address: string): Promise<RawSocket> {
    const { hostname, port } = new URL(address);
    const socket = connect(Number(port), hostname);
    socket.write(
      'GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
        `Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: ${SUBPROTOCOL}\r\n\r\n`,
    );
    const answer = await new Promise((resolve) => socket.once('data', resolve));
    if (!String(answer).startsWith('HTTP/1.1 101 ')) throw new Error(String(answer));
    return new RawSocket(socket);
  }

  write(bytes: Buffer): void {
    this.socket.write(bytes);
  }

  end(): void {
    this.socket.end();
  }

  /** The first that the server says. */
  async told(): Promise<string> {
    if (this.received.length === 0) await new Promise((resolve) => this.socket.once('data', resolve));
    return this.received.toString();
  }

  /** Frames of a server have no mask; RFC 6455, 5.2. A close has the opcode 8 and begins with its code. */
  private code(): number {
    let at = 0;
    while (at + 2 <= this.received.length) {
      const isLong = this.received[at + 1] === 126;
      const length = isLong ? this.received.readUInt16BE(at + 2) : this.received[at + 1]!;
      const payload = at + (isLong ? 4 : 2);
      if ((this.received[at]! & 0x0f) === 8) return length < 2 ? 1005 : this.received.readUInt16BE(payload);
      at = payload + length;
    }
    return 1006;
  }
}
