// A user's connection to the WebSocket through the project's own client, which comes back by itself, and what it was told.
import { ChatConnection, HttpClient, type Progress, type Told } from '@parley/client';
import { openLine } from '@parley/client/node';
import type { ShownRoomEvent } from '@parley/contracts';
import type { ChatUser } from './chat-user.js';

type Pushed = Extract<Told, { type: 'push' }>['push'];

export class ChatSocket {
  /** What happened in all rooms, over all connections, in order. */
  readonly told: ShownRoomEvent[] = [];
  readonly synced: Extract<Told, { type: 'synced' }>[] = [];
  /** What else it was told, over all connections, in order. */
  readonly pushes: Pushed[] = [];
  private readonly connection: ChatConnection;
  private readonly looks: (() => void)[] = [];
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
    await this.until(() => (this.lives > 0 ? true : undefined));
  }

  /** The first thing that happened in a room and fits, also one that has happened already. */
  happened(fits: (event: ShownRoomEvent) => boolean): Promise<ShownRoomEvent> {
    return this.until(() => this.told.find(fits));
  }

  /** The first push that fits, also one that has come already. */
  pushed(fits: (push: Pushed) => boolean): Promise<Pushed> {
    return this.until(() => this.pushes.find(fits));
  }

  /** Resolves once it has been told of everything up to an offset of the room. */
  async toldTo(offset: number): Promise<void> {
    await this.until(() => ((this.told.at(-1)?.offset ?? 0) >= offset ? true : undefined));
  }

  close(): void {
    this.connection.stop();
  }

  private async until<T>(find: () => T | undefined): Promise<T> {
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => this.looks.push(resolve));
    }
  }

  private hear(told: Told): void {
    if (told.type === 'event') this.told.push(told.event);
    else if (told.type === 'synced') this.synced.push(told);
    else if (told.type === 'live') this.lives += 1;
    else if (told.type === 'push') this.pushes.push(told.push);
    else if (told.type === 'ended' && told.reason !== 'stopped') throw new Error(`the chat let go: ${told.reason}`);
    for (const look of this.looks.splice(0)) look();
  }
}
