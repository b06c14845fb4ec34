// What happens in all rooms, told to the clients here as it happens. An event is serialised once, and only if somebody is told of
// it.
import { roomStream, shownRoomEventOf, type RoomEvent } from '@parley/contracts';
import { eventFrame, once } from './frame.js';
import { StreamFollower, type Open } from './stream-follower.js';

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

export class RoomFeed {
  readonly source: StreamFollower<RoomEvent>;
  private readonly listeners = new Set<FeedListener>();

  constructor(open: Open) {
    this.source = new StreamFollower(open, {
      contract: roomStream,
      tokenOf: ({ room }) => room,
      happened: (event) => this.tell(event),
      lost: () => {
        for (const listener of this.listeners) listener.lost();
      },
    });
  }

  /** Resolves when everything is told that is stored from now on. */
  async listen(listener: FeedListener): Promise<void> {
    this.listeners.add(listener);
    await this.source.begun;
  }

  forget(listener: FeedListener): void {
    this.listeners.delete(listener);
  }

  /** Tells those in a room of something that is no part of its record. */
  aside(room: string, frame: Buffer): void {
    for (const listener of this.listeners) listener.aside(room, frame);
  }

  private tell(event: RoomEvent): void {
    const frame = once(() => eventFrame(shownRoomEventOf(event)));
    for (const listener of this.listeners) listener.happened({ event, frame });
  }
}
