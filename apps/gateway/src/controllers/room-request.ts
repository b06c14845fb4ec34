// Which room a request names.
import { roomName } from '@parley/contracts';
import { ProblemError, quoted } from '../http/problem.js';

/** A room of a name that no room can have is not asked for. */
export function knownRoom(room: string): string {
  if (roomName.safeParse(room).success) return room;
  throw new ProblemError('unknown-room', `${quoted(room)} is not the name of a room`);
}
