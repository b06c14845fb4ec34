// Where the bytes of a room's log stand. The log is the text of a record to which things are only ever added, so what a byte is never changes
// while the record is the same one (its epoch); but nobody keeps the text. A gateway remembers how long it is up to some of the
// events: to serve a part it reads from the nearest of these on. What it has not measured yet it reads once.
import type { RoomHistory, RoomPosition } from '@parley/contracts';
import { transcriptOf } from './transcript.js';

/** The text of all up to this offset has so many bytes. */
interface Mark {
  readonly offset: number;
  readonly bytes: number;
}

/** Gives what happened after an offset, a page of it; nothing at the end. */
export type PageReader = (after: number) => Promise<RoomHistory>;

/** Least distance of two marks, in events. */
const MARK_EVERY = 100;

const MAX_ROOMS = 256;

const BEGINNING: Mark = { offset: 0, bytes: 0 };

export class LogMarks {
  /** Whoever was used longest ago first. */
  private readonly rooms = new Map<string, { readonly epoch: number; readonly marks: Mark[] }>();

  /** How long the text is up to this place, in bytes. */
  async length(room: string, last: RoomPosition, read: PageReader): Promise<number> {
    const marks = this.marksOf(room, last.epoch);
    let { offset, bytes } = marks.findLast((mark) => mark.offset <= last.offset) ?? BEGINNING;
    while (offset < last.offset) {
      const items = itemsOf(await read(offset), last).filter((item) => item.offset <= last.offset);
      for (const item of items) bytes += Buffer.byteLength(transcriptOf(item));
      offset = items.at(-1)?.offset ?? last.offset;
      if (offset - (marks.at(-1)?.offset ?? 0) >= MARK_EVERY) marks.push({ offset, bytes });
    }
    return bytes;
  }

  /** The bytes of the text from `start` to before `end`, which has to be there. */
  async *part(
    room: string,
    last: RoomPosition,
    [start, end]: readonly [number, number],
    read: PageReader,
  ): AsyncGenerator<Buffer> {
    const mark = this.marksOf(room, last.epoch).findLast(({ bytes }) => bytes <= start);
    let { offset, bytes } = mark ?? BEGINNING;
    while (bytes < end) {
      const items = itemsOf(await read(offset), last);
      const text = Buffer.from(items.map(transcriptOf).join(''));
      const part = text.subarray(Math.max(0, start - bytes), end - bytes);
      if (part.length > 0) yield part;
      bytes += text.length;
      offset = items.at(-1)?.offset ?? offset;
    }
  }

  private marksOf(room: string, epoch: number): Mark[] {
    const known = this.rooms.get(room);
    const kept = known?.epoch === epoch ? known : { epoch, marks: [] };
    this.rooms.delete(room);
    this.rooms.set(room, kept);
    for (const oldest of this.rooms.keys()) {
      if (this.rooms.size <= MAX_ROOMS) break;
      this.rooms.delete(oldest);
    }
    return kept.marks;
  }
}

function itemsOf({ epoch, items }: RoomHistory, last: RoomPosition): RoomHistory['items'] {
  if (epoch !== last.epoch) throw new Error('the record of the room is another one than when the answer began');
  if (items.length === 0) throw new Error('the record of the room ends before its end');
  return items;
}
