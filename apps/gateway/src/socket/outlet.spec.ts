import { Duplex } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { WebSocketServer, type WebSocket } from 'ws';
import { Outlet } from './outlet.js';

/** A connection whose other end takes what is written when it is told to. */
class Wire extends Duplex {
  readonly writes: number[] = [];
  takes = true;
  private readonly untaken: (() => void)[] = [];

  override _read(): void {
    // Nothing comes from the other end.
  }
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.note(chunk.length, done);
  }
  override _writev(chunks: { chunk: Buffer }[], done: () => void): void {
    this.note(
      chunks.reduce((bytes, { chunk }) => bytes + chunk.length, 0),
      done,
    );
  }
  empties(): void {
    for (const done of this.untaken.splice(0)) done();
  }
  private note(bytes: number, done: () => void): void {
    this.writes.push(bytes);
    if (this.takes) done();
    else this.untaken.push(done);
  }
}

/** An outlet with the WebSocket and the wire beneath it, after the handshake. */
async function opened(maxBufferedBytes: number): Promise<{ outlet: Outlet; wire: Wire; refusals: () => number }> {
  const server = new WebSocketServer({ noServer: true });
  const wire = new Wire();
  const headers = {
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'sec-websocket-version': '13',
    upgrade: 'websocket',
  };
  const socket = await new Promise<WebSocket>((resolve) =>
    server.handleUpgrade({ method: 'GET', headers } as never, wire, Buffer.alloc(0), resolve),
  );
  wire.writes.length = 0;
  let refused = 0;
  const outlet = new Outlet({ socket, stream: wire, maxBufferedBytes, tooSlow: () => (refused += 1) });
  return { outlet, wire, refusals: () => refused };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('what leaves for a client', () => {
  it('is written together when it comes together, and at once', async () => {
    const { outlet, wire } = await opened(1024 * 1024);
    for (let n = 0; n < 100; n += 1) outlet.send(Buffer.alloc(50));
    await turn();
    expect(wire.writes).toEqual([100 * 52]);
    outlet.send(Buffer.alloc(50));
    await turn();
    expect(wire.writes).toEqual([100 * 52, 52]);
  });

  it('is as much as the client takes, however much comes together', async () => {
    const { outlet, wire, refusals } = await opened(10_000);
    for (let n = 0; n < 1_000; n += 1) outlet.send(Buffer.alloc(100));
    await turn();
    expect(refusals()).toBe(0);
    expect(wire.writes.reduce((sum, bytes) => sum + bytes)).toBe(102_000);
  });

  it('is bounded when the client takes nothing', async () => {
    const { outlet, wire, refusals } = await opened(10_000);
    wire.takes = false;
    for (let n = 0; n < 1_000; n += 1) outlet.send(Buffer.alloc(100));
    await turn();
    expect(refusals()).toBe(1_000 - 99);
    for (let round = 0; round < 10; round += 1) wire.empties();
    await turn();
    expect(wire.writes.reduce((sum, bytes) => sum + bytes)).toBe(99 * 102);
  });

  it('is known to have left', async () => {
    const { outlet, wire } = await opened(10_000);
    wire.takes = false;
    outlet.send(Buffer.alloc(100));
    let hasLeft = false;
    const taken = outlet.taken().then(() => (hasLeft = true));
    await turn();
    await turn();
    expect(hasLeft).toBe(false);
    wire.takes = true;
    wire.empties();
    await taken;
  });
});
