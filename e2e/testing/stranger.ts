// A program that has the broker's credential and keeps to nothing else: it publishes any bytes, under any headers, to any
// subject. It speaks the client protocol itself, since a library would not send what is wrong:
// https://docs.nats.io/reference/reference-protocols/nats-protocol.
import { connect, type Socket } from 'node:net';
import type { Connection } from '@parley/broker';

const BREAK = '\r\n';

/** A message as it travels. `headers` are lines of `name: value`. */
export interface Wired {
  readonly subject: string;
  readonly headers: readonly string[];
  readonly body: Buffer;
}

export class Stranger {
  private received = Buffer.alloc(0);
  private readonly pongs: { readonly resolve: () => void; readonly reject: (error: Error) => void }[] = [];
  /** What the broker has said that it refuses. */
  readonly errors: string[] = [];

  private constructor(
    private readonly socket: Socket,
    private readonly heard: (message: Wired) => void,
  ) {
    socket.on('data', (bytes) => this.read(bytes));
    socket.on('close', () => {
      const error = new Error(`the broker has closed the connection: ${this.errors.join() || 'without a word'}`);
      for (const { reject } of this.pongs.splice(0)) reject(error);
    });
  }

  /** Connects, and hears all that is published to `subjects`. */
  static async to(
    { url, user, password }: Connection,
    subjects: readonly string[] = [],
    heard: (message: Wired) => void = () => undefined,
  ): Promise<Stranger> {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    const stranger = new Stranger(socket, heard);
    const who = { user, pass: password, verbose: false, pedantic: false, headers: true, lang: 'test', version: '0' };
    socket.write(`CONNECT ${JSON.stringify(who)}${BREAK}`);
    subjects.forEach((subject, index) => socket.write(`SUB ${subject} ${String(index + 1)}${BREAK}`));
    await stranger.flush();
    return stranger;
  }

  publish({ subject, headers, body }: Wired): void {
    const head = Buffer.from(`NATS/1.0${BREAK}${headers.map((line) => line + BREAK).join('')}${BREAK}`);
    this.socket.write(`HPUB ${subject} ${String(head.length)} ${String(head.length + body.length)}${BREAK}`);
    this.socket.write(head);
    this.socket.write(body);
    this.socket.write(BREAK);
  }

  /** Resolves when the broker has taken all that was published. */
  flush(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.pongs.push({ resolve, reject });
      this.socket.write(`PING${BREAK}`);
    });
  }

  close(): void {
    this.socket.destroy();
  }

  private read(bytes: Buffer): void {
    this.received = Buffer.concat([this.received, bytes]);
    for (let end = this.received.indexOf(BREAK); end >= 0; end = this.received.indexOf(BREAK)) {
      const [verb = '', ...fields] = this.received.subarray(0, end).toString().split(' ');
      const total = verb === 'MSG' || verb === 'HMSG' ? Number(fields.at(-1)) : 0;
      const size = end + 2 + (verb.endsWith('MSG') ? total + 2 : 0);
      if (this.received.length < size) return;
      const payload = this.received.subarray(end + 2, end + 2 + total);
      this.received = this.received.subarray(size);
      this.take(verb, fields, payload);
    }
  }

  private take(verb: string, fields: readonly string[], payload: Buffer): void {
    if (verb === 'PING') this.socket.write(`PONG${BREAK}`);
    if (verb === 'PONG') this.pongs.shift()?.resolve();
    if (verb === '-ERR') this.errors.push(fields.join(' '));
    if (!verb.endsWith('MSG')) return;
    const headed = verb === 'HMSG' ? Number(fields.at(-2)) : 0;
    const [, ...headers] = payload.subarray(0, headed).toString().trimEnd().split(BREAK);
    this.heard({ subject: fields[0] ?? '', headers, body: Buffer.from(payload.subarray(headed)) });
  }
}
