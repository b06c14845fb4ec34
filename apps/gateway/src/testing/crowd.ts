// Very many clients at once, each on a connection of its own, as cheap as they can be had. A body comes in pieces, as a
// network brings it, and ends when the answer is there: ten thousand bodies in one instant would test the loopback.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface Told {
  /** 0 when the connection broke before there was an answer; `code` then says how. */
  readonly status: number;
  readonly retryAfter?: string | undefined;
  readonly code?: string | undefined;
}

const PIECE_BYTES = 32 * 1024;
const PIECE_MS = 250;

/** How many connections are being made at a time: what does not fit into the queue of a listening socket is lost. */
const WAVE = 500;

/** Makes so many connections, and when all stand sends this request on each at once, and no more than until it is answered. */
export async function crowd(address: string, size: number, head: string, body: Buffer): Promise<Told[]> {
  const { hostname, port } = new URL(address);
  const sockets: Socket[] = [];
  while (sockets.length < size) {
    const wave = Array.from({ length: Math.min(WAVE, size - sockets.length) }, () => connect(Number(port), hostname));
    await Promise.all(wave.map((socket) => once(socket, 'connect')));
    sockets.push(...wave);
  }
  return Promise.all(sockets.map((socket) => ask(socket, head, body)));
}

function ask(socket: Socket, head: string, body: Buffer): Promise<Told> {
  return new Promise((resolve) => {
    let answer = '';
    const end = (told: Told): void => {
      resolve(told);
      socket.destroy();
    };
    socket.on('data', (data: Buffer) => {
      answer += data.toString();
      const told = parse(answer);
      if (told) end(told);
    });
    socket.on('error', (error: NodeJS.ErrnoException) => end({ status: 0, code: error.code }));
    socket.on('close', () => end({ status: 0, code: 'closed' }));
    socket.write(head);
    sendInPieces(socket, body);
  });
}

function sendInPieces(socket: Socket, body: Buffer): void {
  let sent = 0;
  const more = (): void => {
    socket.write(body.subarray(sent, sent + PIECE_BYTES));
    sent += PIECE_BYTES;
    if (sent >= body.length) clearInterval(pieces);
  };
  const pieces = setInterval(more, PIECE_MS);
  socket.on('close', () => clearInterval(pieces));
  more();
}

/** The answer, once it is complete. */
function parse(answer: string): Told | undefined {
  const [head = '', body] = answer.split('\r\n\r\n', 2);
  const length = Number(/^content-length: (\d+)/im.exec(head)?.[1]);
  if (body === undefined || Buffer.byteLength(body) < length) return undefined;
  const { code } = length > 0 ? (JSON.parse(body) as { code?: string }) : {};
  return { status: Number(head.slice(9, 12)), retryAfter: /^retry-after: (.*)$/im.exec(head)?.[1], code };
}
