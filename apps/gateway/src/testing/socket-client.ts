// A client of the gateway's WebSocket: sends what it is told to, also nonsense, and notes what comes.
import {
  frameProblems,
  socketOperations,
  socketPush,
  socketReply,
  SUBPROTOCOL,
  type ProblemCode,
  type SocketOperation,
  type SocketPush,
  type SocketReply,
} from '@parley/contracts';
import WebSocket from 'ws';
import { z } from 'zod';

const outline = z.object({ id: z.string(), op: z.string() });

export class SocketClient {
  readonly pushes: SocketPush[] = [];
  readonly replies: SocketReply[] = [];
  /** Resolves with the code that the server closed with. */
  readonly closed: Promise<number>;
  /** By the ids of commands that were sent: which operation each names. */
  private readonly ops = new Map<string, string>();
  private waiting: (() => void)[] = [];

  private constructor(readonly socket: WebSocket) {
    this.closed = new Promise((resolve) =>
      socket.once('close', (code) => {
        resolve(code);
        this.look();
      }),
    );
    socket.on('message', (data: Buffer) => {
      const frame: unknown = JSON.parse(data.toString());
      const push = socketPush.safeParse(frame);
      if (push.success) this.pushes.push(push.data);
      else this.replies.push(socketReply.parse(frame));
      this.look();
    });
  }

  /** Rejects when the server does not let it in. */
  static async open(
    address: string,
    options: WebSocket.ClientOptions = {},
    protocol = SUBPROTOCOL,
  ): Promise<SocketClient> {
    const socket = new WebSocket(`${address.replace('http', 'ws')}/ws`, protocol, options);
    const client = new SocketClient(socket);
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    return client;
  }

  send(frame: unknown): void {
    const { data: named } = outline.safeParse(frame);
    if (named) this.ops.set(named.id, named.op);
    this.socket.send(typeof frame === 'string' || Buffer.isBuffer(frame) ? frame : JSON.stringify(frame));
  }

  /** The reply to a command with this id; null for what has none. It must be one that the contract knows for it. */
  async reply(re: string | null): Promise<SocketReply> {
    const reply = await this.until(() => this.replies.find((each) => each.re === re));
    if (!reply.ok && !this.declared(re).includes(reply.err.code))
      throw new Error(`${this.ops.get(re ?? '') ?? 'a frame'} is not said to be refused with ${reply.err.code}`);
    return reply;
  }

  /** What the command of this id can be refused with. */
  private declared(re: string | null): readonly ProblemCode[] {
    const operations: Readonly<Record<string, SocketOperation>> = socketOperations;
    const op = this.ops.get(re ?? '') ?? '';
    return Object.hasOwn(operations, op) ? (operations[op]?.problems ?? []) : frameProblems;
  }

  /** The first push that fits, also one that has come already. */
  async push(fits: (push: SocketPush) => boolean): Promise<SocketPush> {
    return this.until(() => this.pushes.find(fits));
  }

  async caughtUp(): Promise<void> {
    await this.push(({ ev }) => ev === 'caught_up');
  }

  /** What was told, in order, in few words. */
  get told(): string[] {
    return this.pushes.map((push) => {
      switch (push.ev) {
        case 'room.event':
          return `${push.room} ${String(push.off)}`;
        case 'room.synced':
          return `${push.room} synced at ${String(push.off)}, ${push.recovered ? 'recovered' : 'the last'} ${String(push.count)}`;
        case 'vote.requested':
        case 'ack.requested':
        case 'vote.closed':
        case 'ack.closed':
          return `${push.ev} ${push.transaction} ${push.participant}`;
        case 'direct':
          return `direct ${push.message.text}`;
        case 'clock.exchanged':
        case 'clock.changed':
          return `${push.room} ${push.ev}`;
        case 'welcome':
        case 'caught_up':
          return push.ev;
      }
    });
  }

  close(): void {
    this.socket.terminate();
  }

  /** Something has come: all who wait look whether it is what they wait for. */
  private look(): void {
    for (const resolve of this.waiting.splice(0)) resolve();
  }

  private async until<T>(find: () => T | undefined): Promise<T> {
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      if (this.socket.readyState === WebSocket.CLOSED)
        throw new Error(`closed while waited for; told: ${this.told.join(', ')}`);
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }
}
