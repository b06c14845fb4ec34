// Commands of one room are carried out one after the other: within a replica nobody is overtaken for nothing. Few of those that
// wait are of one user, so that nobody takes all places.
import { Refusal } from '@parley/messaging';

/** Most commands that wait for one room, and those of one user among them. */
const MAX_WAITING = 512;
const MAX_WAITING_OF_USER = 32;

interface Turn {
  last: Promise<unknown>;
  waiting: number;
  readonly ofUser: Map<string, number>;
}

export class Turns {
  private readonly rooms = new Map<string, Turn>();

  /**
   * @param user whose command it is; undefined for one that no user has given
   * @throws Refusal `overloaded`, `too-many-messages`; and what the command throws
   */
  async take<T>(room: string, user: string | undefined, command: () => Promise<T>): Promise<T> {
    const turn: Turn = this.rooms.get(room) ?? { last: Promise.resolve(), waiting: 0, ofUser: new Map() };
    const ofUser = user === undefined ? 0 : (turn.ofUser.get(user) ?? 0);
    if (ofUser >= MAX_WAITING_OF_USER)
      throw new Refusal('too-many-messages', `${String(ofUser)} of your commands wait for ${room}`);
    if (turn.waiting >= MAX_WAITING) throw new Refusal('overloaded', `too much is about to happen in ${room}`);
    this.rooms.set(room, turn);
    turn.waiting += 1;
    if (user !== undefined) turn.ofUser.set(user, ofUser + 1);
    const mine = turn.last.then(command);
    // Whoever comes next waits for the end of this one, however it ends.
    turn.last = mine.catch(() => undefined);
    try {
      return await mine;
    } finally {
      turn.waiting -= 1;
      if (turn.waiting === 0) this.rooms.delete(room);
      if (user !== undefined) leave(turn.ofUser, user);
    }
  }
}

function leave(waiting: Map<string, number>, user: string): void {
  const rest = (waiting.get(user) ?? 0) - 1;
  if (rest > 0) waiting.set(user, rest);
  else waiting.delete(user);
}
