// One room, as it follows from the record of what happened in it. Pure: events and commands come in, with their times.
//
// The record is a stream in the store with one order per room. Whoever wants something to happen decides on the state that
// the record had up to some event, and appends what happens only if nothing was appended in between (record.ts). So:
//
// - What is decided here holds for the record: no room takes more members than its capacity, nobody is in it twice, and
//   whoever has not come in says nothing, whichever replicas decide at once.
// - Offsets are 1, 2, 3 … without a hole, and times never run backwards.
// - Whoever applies the same events has the same room.
//
// The same UUID of a sender makes one message, as long as it is remembered: for a day, and for the sender's last thousand.
import type { RoomEvent, RoomRules, UserKind } from '@parley/contracts';
import { keyOf } from '../names/skeleton.js';
import { RoomProposals } from './proposals.js';

const REMEMBERED_MS = 24 * 3_600_000;
const REMEMBERED = 1_000;

/** Of every so many events the place in the stream is kept, to find the others from. */
const MARK_EVERY = 64;

export interface RoomMember {
  readonly name: string;
  readonly kind: UserKind;
  /** The digest of a guest's session: another guest of that name is somebody else. */
  readonly session: string | null;
  readonly since: number;
}

interface Sender {
  lastAt: number;
  /** Sequences of what was said, by UUID, the oldest first. */
  readonly said: Map<string, { readonly sequence: number; readonly at: number }>;
}

type Created = Extract<RoomEvent, { type: 'created' }>;

export class Room {
  readonly rules: RoomRules;
  readonly createdBy: string;
  readonly createdAt: number;
  readonly epoch: number;
  readonly members = new Map<string, RoomMember>();
  readonly proposals = new RoomProposals();
  private readonly senders = new Map<string, Sender>();
  /** Sequences of the events with the offsets 1, 65, 129 … */
  private readonly marks: number[] = [];
  /** The last event that was applied: its offset, its time and its sequence in the stream. */
  last = { offset: 0, at: 0, sequence: 0 };

  constructor(
    readonly name: string,
    created: Created,
    sequence: number,
  ) {
    this.rules = created.rules;
    this.createdBy = created.by;
    this.createdAt = created.at;
    this.epoch = created.epoch;
    this.advance(created, sequence);
  }

  /** The next event of the record. */
  apply(event: RoomEvent, sequence: number): void {
    if (event.offset !== this.last.offset + 1)
      throw new Error(`${this.name}: event ${String(event.offset)} follows ${String(this.last.offset)}`);
    this.advance(event, sequence);
    switch (event.type) {
      case 'created':
        throw new Error(`${this.name} was made twice`);
      case 'joined': {
        const { who, session, at } = event;
        this.members.set(keyOf(who.name), { ...who, session, since: at });
        return;
      }
      case 'left':
        this.members.delete(keyOf(event.who.name));
        return;
      case 'said':
        this.remember(event, sequence);
        return;
      case 'proposed':
        this.proposals.proposed(event);
        return;
      case 'voted':
        this.proposals.voted(event);
        return;
      case 'decided':
        this.proposals.decided(event);
        return;
      default:
        event satisfies never;
    }
  }

  /** Something stands in the stream that is no event of the record: whoever appends has to know of it. */
  skip(sequence: number): void {
    this.last = { ...this.last, sequence };
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
  mark(offset: number): { sequence: number; skip: number } {
    const index = Math.floor((offset - 1) / MARK_EVERY);
    return { sequence: this.marks[index] ?? 1, skip: offset - 1 - index * MARK_EVERY };
  }

  private advance({ offset, at }: RoomEvent, sequence: number): void {
    if ((offset - 1) % MARK_EVERY === 0) this.marks.push(sequence);
    this.last = { offset, at, sequence };
  }

  private remember({ from, id, at }: Extract<RoomEvent, { type: 'said' }>, sequence: number): void {
    const key = keyOf(from.name);
    const sender: Sender = this.senders.get(key) ?? { lastAt: at, said: new Map() };
    this.senders.set(key, sender);
    sender.lastAt = at;
    sender.said.set(id, { sequence, at });
    for (const [old, said] of sender.said) {
      if (sender.said.size <= REMEMBERED && at - said.at < REMEMBERED_MS) return;
      sender.said.delete(old);
    }
  }
}
