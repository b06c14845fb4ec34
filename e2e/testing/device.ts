// One device of somebody: a WebSocket that forgets and hides nothing and does not come back by itself, so that what is told twice
// is seen twice.
import { openLine } from '@parley/client/node';
import {
  socketPush,
  socketReply,
  ticket,
  type InboxPosition,
  type PlacedMessage,
  type SocketReply,
} from '@parley/contracts';
import type { ChatUser } from './chat-user.js';

export class Device {
  /** The direct messages that it was told, in order. */
  readonly told: PlacedMessage[] = [];
  private readonly replies = new Map<string, (reply: SocketReply) => void>();
  private readonly line;
  private isOpen = false;
  private isLive = false;
  private commands = 0;
  private readonly looking = new Set<() => void>();

  private constructor(address: string) {
    this.line = openLine(address, {
      opened: () => {
        this.isOpen = true;
        this.look();
      },
      received: (frame) => this.take(JSON.parse(frame)),
      sign: () => undefined,
      closed: () => undefined,
    });
  }

  /** Resolves when it has been told all that waits. */
  static async connect(user: ChatUser, inbox?: InboxPosition): Promise<Device> {
    const { body } = await user.request('POST', '/ws-tickets');
    const device = new Device(user.address);
    await device.until(() => device.isOpen);
    const { ok } = await device.command('hello', { ticket: ticket.parse(body).ticket, ...(inbox && { inbox }) });
    if (!ok) throw new Error('the ticket was not taken');
    await device.until(() => device.isLive);
    return device;
  }

  get texts(): string[] {
    return this.told.map(({ message }) => message.text);
  }

  command(op: string, d: object): Promise<SocketReply> {
    this.commands += 1;
    const id = String(this.commands);
    const reply = new Promise<SocketReply>((resolve) => this.replies.set(id, resolve));
    this.line.send(JSON.stringify({ id, op, d }));
    return reply;
  }

  /** Resolves when it was told this text. */
  hears(text: string): Promise<void> {
    return this.until(() => this.texts.includes(text));
  }

  /** All that it was told waits no longer. */
  async acknowledge(): Promise<void> {
    const last = this.told.at(-1);
    if (last) await this.command('received', { upTo: last.position });
  }

  close(): void {
    this.line.drop();
  }

  private take(frame: unknown): void {
    const { data: push } = socketPush.safeParse(frame);
    if (push === undefined) {
      const reply = socketReply.parse(frame);
      this.replies.get(reply.re ?? '')?.(reply);
    } else if (push.ev === 'direct') this.told.push({ position: push.position, message: push.message });
    else if (push.ev === 'caught_up') this.isLive = true;
    this.look();
  }

  private async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await new Promise<void>((resolve) => this.looking.add(resolve));
  }

  private look(): void {
    for (const resolve of this.looking) resolve();
    this.looking.clear();
  }
}
