// Commands of one room are carried out one after the other: within a replica nobody is overtaken for nothing.
import { Refusal } from '@parley/messaging';

/** Most commands that wait for one room. */
const MAX_WAITING = 512;

export class Turns {
  private readonly rooms = new Map<string, { last: Promise<unknown>; waiting: number }>();

  /** @throws Refusal `overloaded`; and what the command throws */
  async take<T>(room: string, command: () => Promise<T>): Promise<T> {
    const turn = this.rooms.get(room) ?? { last: Promise.resolve(), waiting: 0 };
    if (turn.waiting >= MAX_WAITING) throw new Refusal('overloaded', `too much is about to happen in ${room}`);
    this.rooms.set(room, turn);
    turn.waiting += 1;
    const mine = turn.last.then(command);
    // Whoever comes next waits for the end of this one, however it ends.
    turn.last = mine.catch(() => undefined);
    try {
      return await mine;
    } finally {
      turn.waiting -= 1;
      if (turn.waiting === 0) this.rooms.delete(room);
    }
  }
}
