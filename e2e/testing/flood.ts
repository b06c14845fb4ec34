// Somebody who sends far too much, from one address that is nobody else's, on plain connections: what no client of ours would do.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** Where it all comes from. On Linux all of 127.0.0.0/8 is this machine. */
const FLOODER = '127.0.0.2';

/** How much is written at a time. */
const PIECE = Buffer.alloc(64 * 1024, 'x');

/** How much of the end of what came is looked at. */
const KEPT_BYTES = 1_024;

/** How long a sender who is not listened to any more waits for what he was answered. */
const ANSWER_MS = 20_000;

export interface Answer {
  /** Of HTTP, and 101 of a WebSocket; 0 when there was none. */
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly body: string;
}

export interface HttpRequest {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export async function dial(address: string): Promise<Socket> {
  const { hostname, port } = new URL(address);
  const socket = connect({ host: hostname, port: Number(port), localAddress: FLOODER });
  // Whoever is cut off has been told before, or not: that is what is looked at.
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

export function headOf({ method = 'POST', path, headers = {} }: HttpRequest): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\nHost: x\r\n${lines.join('')}\r\n`;
}

/** One request after the other on each of some connections, as fast as they are answered. How often there was which answer. */
export async function flood(
  address: string,
  connections: number,
  total: number,
  requestOf: (n: number) => HttpRequest,
): Promise<Map<string, number>> {
  const tally = new Map<string, number>();
  let sent = 0;
  const send = async (): Promise<void> => {
    const socket = await dial(address);
    const read = reader(socket);
    while (sent < total) {
      const { body = '', headers, ...request } = requestOf((sent += 1));
      const length = String(Buffer.byteLength(body));
      socket.write(headOf({ ...request, headers: { ...headers, 'content-length': length } }) + body);
      count(tally, await read());
    }
    socket.destroy();
  };
  await Promise.all(Array.from({ length: connections }, send));
  return tally;
}

/** `429 30`: the status and Retry-After, if there is one. */
export function count(tally: Map<string, number>, { status, retryAfter }: Answer): void {
  const what = [String(status), ...(retryAfter === undefined ? [] : [retryAfter])].join(' ');
  tally.set(what, (tally.get(what) ?? 0) + 1);
}

/** Opens a WebSocket and says nothing; the socket stays open if it is let in. */
export async function upgrade(address: string): Promise<{ answer: Answer; socket: Socket }> {
  const socket = await dial(address);
  const read = reader(socket);
  socket.write(
    headOf({
      method: 'GET',
      path: '/ws',
      headers: {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
        'sec-websocket-protocol': 'parley.v1+json',
      },
    }),
  );
  return { answer: await read(), socket };
}

/** The head of a frame from a client, masked with nothing. */
export function frameHead(first: number, length: number): Buffer {
  const head = Buffer.alloc(14);
  head[0] = first;
  head[1] = 0x80 | 127;
  head.writeBigUInt64BE(BigInt(length), 2);
  return head;
}

/** Somebody who is let in, and then reads nothing more. Returns how to read on, until the server closes, and with which code. */
export async function slowReader(address: string, ticket: string): Promise<() => Promise<number>> {
  const { socket } = await upgrade(address);
  const hello = Buffer.from(JSON.stringify({ id: '1', op: 'hello', d: { ticket } }));
  let end = Buffer.alloc(0);
  let look = (): void => undefined;
  socket.on('data', (data: Buffer) => {
    end = Buffer.concat([end, data]).subarray(-KEPT_BYTES);
    look();
  });
  const until = (isSo: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      look = () => isSo() && resolve();
      look();
    });
  socket.write(Buffer.concat([frameHead(0x81, hello.length), hello]));
  await until(() => end.includes('caught_up'));
  socket.pause();
  return async () => {
    // No text has this byte: it begins the frame that closes.
    const close = (): number => end.lastIndexOf(0x88);
    const whole = until(() => close() >= 0 && end.length >= close() + 4);
    socket.resume();
    await whole;
    socket.destroy();
    return end.readUInt16BE(close() + 2);
  };
}

/** Writes so many bytes, each piece as `wrap` makes it, as fast as they are taken, until all are sent or nobody takes any more. */
export async function pour(socket: Socket, bytes: number, wrap = (piece: Buffer): Buffer => piece): Promise<number> {
  const gone = closed(socket);
  let sent = 0;
  while (sent < bytes && !socket.destroyed && socket.writable) {
    const piece = wrap(PIECE);
    sent += PIECE.length;
    if (!socket.write(piece)) await Promise.race([new Promise((resolve) => socket.once('drain', resolve)), gone]);
  }
  return sent;
}

export const closed = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    if (socket.destroyed) resolve();
    else socket.once('close', () => resolve());
  });

/** Reads one answer after the other; status 0 when the connection ends without one. */
export function reader(socket: Socket): () => Promise<Answer> {
  let text = '';
  let look = (): void => undefined;
  socket.on('data', (data: Buffer) => {
    text += data.toString('latin1');
    look();
  });
  socket.on('close', () => look());
  return () =>
    new Promise((resolve, reject) => {
      const deadline = setTimeout(() => reject(new Error('there is no answer')), ANSWER_MS);
      look = () => {
        const answer = parsed(text);
        if (answer === undefined && !socket.destroyed) return;
        clearTimeout(deadline);
        text = answer?.rest ?? '';
        resolve(answer ?? { status: 0, retryAfter: undefined, body: '' });
      };
      look();
    });
}

function parsed(text: string): (Answer & { rest: string }) | undefined {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const head = text.slice(0, end);
  const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0);
  const rest = text.slice(end + 4);
  if (rest.length < length) return undefined;
  const retryAfter = /^retry-after: (\S+)/im.exec(head)?.[1];
  return { status: Number(head.slice(9, 12)), retryAfter, body: rest.slice(0, length), rest: rest.slice(length) };
}
