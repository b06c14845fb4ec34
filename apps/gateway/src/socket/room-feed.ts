// What happens in all rooms, as it happens: one reader of the record per gateway, whatever the number of clients. An event is
// serialised once, and only if somebody is told of it.
import { roomEvent, shownRoomEventOf, type RoomEvent, type SocketPush } from '@parley/contracts';
import type { StreamListener, StreamMessage, StreamReader } from '@parley/messaging';

/** An event, and the frame that tells of it. */
export interface Happening {
  readonly event: RoomEvent;
  readonly frame: () => Buffer;
}

export interface FeedListener {
  happened(happening: Happening): void;
  /** Something is told in a room that is no part of its record. */
  aside(room: string, frame: Buffer): void;
  /** The record that was followed is lost: another one begins. */
  lost(): void;
}

export class RoomFeed implements StreamListener {
  private readonly listeners = new Set<FeedListener>();
  private reader: StreamReader | undefined;
  private stream: string | undefined;
  private readonly begun: Promise<void>;
  private begin = (): void => undefined;

  constructor(private readonly open: (listener: StreamListener) => StreamReader) {
    this.begun = new Promise((resolve) => (this.begin = resolve));
  }

  start(): void {
    this.reader = this.open(this);
  }

  stop(): void {
    this.reader?.stop();
  }

  /** Resolves when everything is told that is stored from now on. */
  async listen(listener: FeedListener): Promise<void> {
    this.listeners.add(listener);
    await this.begun;
  }

  forget(listener: FeedListener): void {
    this.listeners.delete(listener);
  }

  /** Tells those in a room of something that is no part of its record. */
  aside(room: string, frame: Buffer): void {
    for (const listener of this.listeners) listener.aside(room, frame);
  }

  began({ stream }: { stream: string }): void {
    const isAnother = this.stream !== undefined && this.stream !== stream;
    this.stream = stream;
    if (isAnother) for (const listener of this.listeners) listener.lost();
    this.begin();
  }

  message({ payload, token }: StreamMessage): void {
    const event = parsed(payload);
    // A stranger's; the chat, whose record it is, tells of it.
    if (event?.room !== token) return;
    let made: Buffer | undefined;
    const frame = (): Buffer => (made ??= eventFrame(event));
    for (const listener of this.listeners) listener.happened({ event, frame });
  }

  away(): void {
    // Nothing is missed: reading goes on where it was.
  }
}

function eventFrame(event: RoomEvent): Buffer {
  const { room, epoch, offset } = event;
  return frameOf({ ev: 'room.event', room, epoch, off: offset, d: shownRoomEventOf(event) });
}

export const frameOf = (push: SocketPush): Buffer => Buffer.from(JSON.stringify(push));

function parsed(payload: Uint8Array): RoomEvent | undefined {
  try {
    return roomEvent.safeParse(JSON.parse(new TextDecoder().decode(payload))).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
