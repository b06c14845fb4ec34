// How far a client has been told of each room. What is told again, as after a reconnection that overlaps, is known by its
// place; what is missing too, for the offsets of a room have no holes.
import type { InboxPosition, RoomPosition, Session, ShownRoomEvent } from '@parley/contracts';

type User = Session['user'];

/** Of the last event that was told, by room. */
export type Positions = Readonly<Record<string, RoomPosition>>;

/** How far a client has been told of everything. */
export interface Progress {
  readonly rooms: Positions;
  /** Of the last direct message. */
  readonly inbox: InboxPosition | null;
}
export const NOTHING_TOLD: Progress = { rooms: {}, inbox: null };

/** again: told before. beyond: others are missing between the last one and this. */
export type Place = 'next' | 'again' | 'beyond';

/** Where an event stands to those that were told. Of a room without a position, and of another record, any is the next. */
export function placeOf(positions: Positions, { room, epoch, offset }: ShownRoomEvent): Place {
  const last = positions[room];
  if (last?.epoch !== epoch) return 'next';
  if (offset <= last.offset) return 'again';
  return offset === last.offset + 1 ? 'next' : 'beyond';
}

/** The positions after an event. Who has left a room hears of it no more, and may come in again much later. */
export function afterEvent(positions: Positions, event: ShownRoomEvent, user: User | null): Positions {
  const { [event.room]: _, ...others } = positions;
  if (event.type === 'left' && event.who.name === user?.name && event.who.kind === user.kind) return others;
  return { ...others, [event.room]: { epoch: event.epoch, offset: event.offset } };
}

/** Those of these rooms alone. */
export const within = (positions: Positions, rooms: readonly string[]): Positions =>
  Object.fromEntries(Object.entries(positions).filter(([room]) => rooms.includes(room)));
