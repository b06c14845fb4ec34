// A client of the WebSocket that remembers how far it was told of each room, and comes back with that.
import {
  socketPush,
  socketReply,
  SUBPROTOCOL,
  ticket,
  type RoomPosition,
  type SocketPush,
  type SocketReply,
} from '@parley/contracts';
import WebSocket from 'ws';
import type { ChatUser } from './chat-user.js';

type Told = Extract<SocketPush, { ev: 'room.event' }>;

export class ChatSocket {
  /** Of all rooms and all connections, in order. */
  readonly told: Told[] = [];
  readonly synced: Extract<SocketPush, { ev: 'room.synced' }>[] = [];
  readonly positions: Record<string, RoomPosition> = {};
  private socket: WebSocket | undefined;
  private commands = 0;
  private readonly replies = new Map<string, (reply: SocketReply | undefined) => void>();
  private caughtUp = (): void => undefined;

  constructor(private readonly user: ChatUser) {}

  /** Connects and resolves when all is told that was missed. Rejects when there is no gateway, or no ticket. */
  async connect(): Promise<void> {
    const answer = await this.user.request('POST', '/ws-tickets');
    const shown = ticket.parse(answer.body).ticket;
    const socket = new WebSocket(`${this.user.address.replace('http', 'ws')}/ws`, SUBPROTOCOL);
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    this.socket = socket;
    const ready = new Promise<void>((resolve) => (this.caughtUp = resolve));
    const lost = new Promise<never>((_, reject) =>
      socket.once('close', (code) => reject(new Error(`closed: ${String(code)}`))),
    );
    lost.catch(() => this.abandon());
    socket.on('error', () => undefined);
    socket.on('message', (frame: Buffer) => this.take(JSON.parse(frame.toString())));
    void this.command('hello', { ticket: shown, positions: this.positions });
    await Promise.race([ready, lost]);
  }

  /** The reply to a command; undefined when the connection was lost before it came. */
  command(op: string, d: object): Promise<SocketReply | undefined> {
    this.commands += 1;
    const id = String(this.commands);
    const reply = new Promise<SocketReply | undefined>((resolve) => this.replies.set(id, resolve));
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify({ id, op, d }));
    else this.abandon();
    return reply;
  }

  close(): void {
    this.socket?.terminate();
  }

  private take(frame: unknown): void {
    const { data: push } = socketPush.safeParse(frame);
    if (push === undefined) {
      const reply = socketReply.parse(frame);
      this.replies.get(reply.re ?? '')?.(reply);
      this.replies.delete(reply.re ?? '');
    } else if (push.ev === 'room.event') {
      this.told.push(push);
      this.positions[push.room] = { epoch: push.epoch, offset: push.off };
    } else if (push.ev === 'room.synced') this.synced.push(push);
    else if (push.ev === 'caught_up') this.caughtUp();
  }

  private abandon(): void {
    for (const resolve of this.replies.values()) resolve(undefined);
    this.replies.clear();
  }
}
