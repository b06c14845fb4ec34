// Which rooms a client follows, and how far it was told of each. Pure. Every event of a room is told once and in order, whether
// it comes from the record's past or as it happens, for offsets have no holes: what is not beyond the last is told already.
import type { RoomEvent, RoomPosition, Session } from '@parley/contracts';

export class Followed {
  private readonly rooms = new Map<string, RoomPosition>();

  /** @param session the digest of the client's session */
  constructor(
    private readonly user: Session['user'],
    private readonly session: string,
  ) {}

  /** The client is told of this room, and has been up to here. */
  follow(room: string, position: RoomPosition): void {
    this.rooms.set(room, position);
  }

  follows(room: string): boolean {
    return this.rooms.has(room);
  }

  unfollow(room: string): void {
    this.rooms.delete(room);
  }

  /** Whether the client is to be told of this event now; then it counts as told. */
  takes(event: RoomEvent): boolean {
    const { room, epoch, offset } = event;
    const position = this.rooms.get(room);
    if (position === undefined) {
      if (!this.isOwnEntry(event)) return false;
    } else if (position.epoch === epoch && offset <= position.offset) return false;
    this.rooms.set(room, { epoch, offset });
    if (event.type === 'left' && this.isUser(event.who)) this.rooms.delete(room);
    return true;
  }

  private isOwnEntry(event: RoomEvent): boolean {
    if (event.type !== 'joined' || !this.isUser(event.who)) return false;
    // The next guest of a name is somebody else.
    return event.session === null || event.session === this.session;
  }

  private isUser({ name, kind }: Session['user']): boolean {
    return name === this.user.name && kind === this.user.kind;
  }
}
