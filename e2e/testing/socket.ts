// A user's connection to the WebSocket through the project's own client, which comes back by itself, and what it was told.
import { ChatConnection, HttpClient, type Progress, type Told } from '@parley/client';
import { openLine } from '@parley/client/node';
import type { ShownRoomEvent } from '@parley/contracts';
import type { ChatUser } from './chat-user.js';

export class ChatSocket {
  /** What happened in all rooms, over all connections, in order. */
  readonly told: ShownRoomEvent[] = [];
  readonly synced: Extract<Told, { type: 'synced' }>[] = [];
  private readonly connection: ChatConnection;
  private look = (): void => undefined;
  private lives = 0;

  /**
   * @param progress of an earlier connection, to go on from there
   * @param others gateways to go to when that of the user is lost
   */
  constructor(user: ChatUser, progress?: Progress, others: readonly string[] = []) {
    this.connection = new ChatConnection({
      servers: [user.address, ...others],
      http: new HttpClient({ server: user.address, token: user.token }),
      open: openLine,
      ...(progress && { progress }),
      hear: (told) => this.hear(told),
    });
    this.connection.start();
  }

  get command(): ChatConnection['command'] {
    return this.connection.command.bind(this.connection);
  }

  get progress(): Progress {
    return this.connection.progress;
  }

  /** Resolves once it has been told all that it missed. */
  async live(): Promise<void> {
    while (this.lives === 0) await new Promise<void>((resolve) => (this.look = resolve));
  }

  /** Resolves once it has been told of everything up to an offset of the room. */
  async toldTo(offset: number): Promise<void> {
    while ((this.told.at(-1)?.offset ?? 0) < offset) await new Promise<void>((resolve) => (this.look = resolve));
  }

  close(): void {
    this.connection.stop();
  }

  private hear(told: Told): void {
    if (told.type === 'event') this.told.push(told.event);
    else if (told.type === 'synced') this.synced.push(told);
    else if (told.type === 'live') this.lives += 1;
    else if (told.type === 'ended' && told.reason !== 'stopped') throw new Error(`the chat let go: ${told.reason}`);
    this.look();
  }
}
