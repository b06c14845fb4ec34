// What a person can point at: the number in brackets before a line is the Lamport time of what happened, and within a room no two
// things have the same.
import type { ShownRoomEvent } from '@parley/contracts';

/** How many are remembered. */
const REMEMBERED = 10_000;

export class ShownEvents {
  private readonly offsets = new Map<string, number>();

  note({ room, lamport, offset }: ShownRoomEvent): void {
    this.offsets.set(keyOf(room, lamport), offset);
    if (this.offsets.size <= REMEMBERED) return;
    for (const oldest of this.offsets.keys()) {
      this.offsets.delete(oldest);
      return;
    }
  }

  /** Its place in the room; undefined when nothing of that time was shown. */
  offsetOf(room: string, lamport: number): number | undefined {
    return this.offsets.get(keyOf(room, lamport));
  }
}

const keyOf = (room: string, lamport: number): string => `${room} ${String(lamport)}`;
