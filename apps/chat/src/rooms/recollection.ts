// What is remembered of a room's past, so that its record need not be read: what each sender said under which UUID, when each
// last spoke, and where in the stream things stand. Pure, and a part of the fold over the record (room.ts): whoever applies the
// same events remembers the same, also from a recollection that was kept half-way.
//
// It is bounded, whatever happens in the room: a day, and of each sender a thousand messages; of all senders together so many,
// where those who said most are forgotten first, so that nobody loses by what others say; and so many senders, where those
// who spoke last longest ago are. Kept, it fits into one message of the broker.
import type { RoomEvent, RoomRecollection } from '@parley/contracts';
import { keyOf } from '../names/skeleton.js';

const REMEMBERED_MS = 24 * 3_600_000;
const OF_SENDER = 1_000;
const OF_ALL = 16_384;
const SENDERS = 1_000;

/** Of every so many events the place in the stream is kept at first; of every second of them when those are too many. */
const FIRST_STRIDE = 64;
const MARKS = 1_024;

interface Said {
  readonly sequence: number;
  readonly at: number;
}

interface Sender {
  lastAt: number;
  /** By UUID, the oldest first. */
  readonly said: Map<string, Said>;
}

/** A message in the form in which it is kept: its UUID, sequence and time. */
const ID_BYTES = 16;
const NUMBER_BYTES = 6;
const SAID_BYTES = ID_BYTES + 2 * NUMBER_BYTES;

export class Recollection {
  /** The last event that was applied. */
  offset = 0;
  sequence = 0;
  /** By name, who spoke longest ago first. */
  private readonly senders = new Map<string, Sender>();
  private stride = FIRST_STRIDE;
  /** Sequences of the events with the offsets 1, 1 + stride, 1 + 2 stride … */
  private marks: number[] = [];
  private remembered = 0;

  /** How much is remembered, in messages or what takes as much memory. */
  get weight(): number {
    return this.remembered + this.senders.size + this.marks.length + 1;
  }

  /** The next event of the record. */
  apply(event: RoomEvent, sequence: number): void {
    const { room, offset } = event;
    if (offset !== this.offset + 1) throw new Error(`${room}: event ${String(offset)} follows ${String(this.offset)}`);
    if ((offset - 1) % this.stride === 0) this.mark(sequence);
    [this.offset, this.sequence] = [offset, sequence];
    if (event.type === 'said') this.remember(event, sequence);
  }

  /** Where the message of this sender with this UUID stands in the stream. */
  saidAt(name: string, id: string): number | undefined {
    return this.senders.get(keyOf(name))?.said.get(id)?.sequence;
  }

  /** When the sender last said something; null when that is not known. */
  lastSaid(name: string): number | null {
    return this.senders.get(keyOf(name))?.lastAt ?? null;
  }

  /** From where in the stream the event with this offset is found, and how many of this room come before it there. */
  placeOf(offset: number): { sequence: number; skip: number } {
    const index = Math.floor((offset - 1) / this.stride);
    return { sequence: this.marks[index] ?? 1, skip: offset - 1 - index * this.stride };
  }

  private mark(sequence: number): void {
    this.marks.push(sequence);
    if (this.marks.length < MARKS) return;
    this.stride *= 2;
    this.marks = this.marks.filter((_, index) => index % 2 === 0);
  }

  private remember({ from, id, at }: Extract<RoomEvent, { type: 'said' }>, sequence: number): void {
    const key = keyOf(from.name);
    const sender: Sender = this.senders.get(key) ?? { lastAt: at, said: new Map() };
    this.senders.delete(key);
    this.senders.set(key, sender);
    sender.lastAt = at;
    if (!sender.said.delete(id)) this.remembered += 1;
    sender.said.set(id, { sequence, at });
    for (const { at: then } of sender.said.values()) {
      if (sender.said.size <= OF_SENDER && at - then < REMEMBERED_MS) break;
      this.forgetOldest(sender);
    }
    if (this.remembered > OF_ALL) this.forgetOldest(this.mostTalkative());
    if (this.senders.size > SENDERS) this.forgetQuietest();
  }

  private forgetOldest({ said }: Sender): void {
    const [oldest] = said.keys();
    if (oldest !== undefined && said.delete(oldest)) this.remembered -= 1;
  }

  private mostTalkative(): Sender {
    return [...this.senders.values()].reduce((most, sender) => (sender.said.size > most.said.size ? sender : most));
  }

  private forgetQuietest(): void {
    for (const [key, { said }] of this.senders) {
      this.remembered -= said.size;
      this.senders.delete(key);
      return;
    }
  }

  /** In the form in which it is kept. */
  kept(): Omit<RoomRecollection, 'stream' | 'epoch'> {
    const { offset, sequence, stride, marks } = this;
    const senders = [...this.senders].map(([key, { lastAt, said }]) => ({ key, lastAt, said: encoded(said) }));
    return { offset, sequence, stride, marks: [...marks], senders };
  }

  static from({ offset, sequence, stride, marks, senders }: Omit<RoomRecollection, 'stream' | 'epoch'>): Recollection {
    const recollection = new Recollection();
    Object.assign(recollection, { offset, sequence, stride, marks: [...marks] });
    for (const { key, lastAt, said: text } of senders) {
      const said = decoded(text);
      recollection.senders.set(key, { lastAt, said });
      recollection.remembered += said.size;
    }
    return recollection;
  }
}

function encoded(said: ReadonlyMap<string, Said>): string {
  const bytes = Buffer.alloc(said.size * SAID_BYTES);
  let end = 0;
  for (const [id, { sequence, at }] of said) {
    end += bytes.write(id.replaceAll('-', ''), end, 'hex');
    end = bytes.writeUIntBE(sequence, end, NUMBER_BYTES);
    end = bytes.writeUIntBE(at, end, NUMBER_BYTES);
  }
  return bytes.toString('base64');
}

function decoded(text: string): Map<string, Said> {
  const bytes = Buffer.from(text, 'base64');
  const said = new Map<string, Said>();
  for (let start = 0; start + SAID_BYTES <= bytes.length; start += SAID_BYTES) {
    const hex = bytes.toString('hex', start, start + ID_BYTES);
    const id = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
    const sequence = bytes.readUIntBE(start + ID_BYTES, NUMBER_BYTES);
    said.set(id, { sequence, at: bytes.readUIntBE(start + ID_BYTES + NUMBER_BYTES, NUMBER_BYTES) });
  }
  return said;
}
