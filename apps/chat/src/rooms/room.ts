// One room, as it follows from the record of what happened in it. Pure: events and commands come in, with their times.
//
// The record is a stream in the store with one order per room. Whoever wants something to happen decides on the state that
// the record had up to some event, and appends what happens only if nothing was appended in between (record.ts). So:
//
// - What is decided here holds for the record: no room takes more members than its capacity, nobody is in it twice, and
//   whoever has not come in says nothing, whichever replicas decide at once.
// - Offsets are 1, 2, 3 … without a hole, and times never run backwards.
// - Whoever applies the same events has the same room, from the first one on or from an outline that was kept half-way.
//
// Who is in a room is known of all rooms. What is remembered of its past (recollection.ts) takes more memory, and may be
// forgotten while nothing happens there; it is needed to say something, and to find what happened before.
import type { RoomEvent, RoomOutline, RoomRules, UserKind } from '@parley/contracts';
import { keyOf } from '../names/skeleton.js';
import { RoomProposals } from './proposals.js';
import { Recollection } from './recollection.js';

export interface RoomMember {
  readonly name: string;
  readonly kind: UserKind;
  /** The digest of a guest's session: another guest of that name is somebody else. */
  readonly session: string | null;
  readonly since: number;
}

type Created = Extract<RoomEvent, { type: 'created' }>;
type Outline = Omit<RoomOutline, 'stream'>;

export class Room {
  readonly name: string;
  private present: { readonly rules: RoomRules; readonly at: number };
  readonly createdBy: string;
  readonly createdAt: number;
  readonly epoch: number;
  readonly members = new Map<string, RoomMember>();
  readonly proposals: RoomProposals;
  /** The last event that was applied: its offset, its time and its sequence in the stream. */
  last: Readonly<Outline['last']>;
  private recollection: Recollection | undefined;

  private constructor({ room, rules, rulesAt, createdBy, createdAt, epoch, members, proposals, last }: Outline) {
    this.name = room;
    this.present = { rules, at: rulesAt };
    this.createdBy = createdBy;
    this.createdAt = createdAt;
    this.epoch = epoch;
    this.last = last;
    this.proposals = RoomProposals.from(proposals);
    for (const member of members) this.members.set(keyOf(member.name), member);
  }

  static made(event: Created, sequence: number): Room {
    const { room, rules, by: createdBy, at: createdAt, epoch, offset } = event;
    const last = { offset, at: createdAt, sequence };
    const proposals = new RoomProposals().kept();
    const made = new Room({ room, rules, rulesAt: offset, createdBy, createdAt, epoch, members: [], proposals, last });
    made.recollection = new Recollection();
    made.recollection.apply(event, sequence);
    return made;
  }

  /** As of when the outline was kept; nothing of its past is remembered. */
  static from(outline: Outline): Room {
    return new Room(outline);
  }

  get rules(): RoomRules {
    return this.present.rules;
  }

  /** Offset of the event since which the rules are as they are. */
  get rulesAt(): number {
    return this.present.at;
  }

  /** In the form in which it is kept. */
  outline(): Outline {
    const { name: room, rules, rulesAt, createdBy, createdAt, epoch, last } = this;
    const [members, proposals] = [[...this.members.values()], this.proposals.kept()];
    return { room, rules, rulesAt, createdBy, createdAt, epoch, members, proposals, last };
  }

  /** The next event of the record. */
  apply(event: RoomEvent, sequence: number): void {
    const { offset, at } = event;
    if (offset !== this.last.offset + 1)
      throw new Error(`${this.name}: event ${String(offset)} follows ${String(this.last.offset)}`);
    this.last = { offset, at, sequence };
    this.recollection?.apply(event, sequence);
    switch (event.type) {
      case 'created':
        throw new Error(`${this.name} was made twice`);
      case 'changed':
        this.present = { rules: event.rules, at: offset };
        return;
      case 'joined': {
        const { who, session } = event;
        this.members.set(keyOf(who.name), { ...who, session, since: at });
        return;
      }
      case 'left':
        this.members.delete(keyOf(event.who.name));
        return;
      case 'said':
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
    if (sequence > this.last.sequence) this.last = { ...this.last, sequence };
  }

  /** What is remembered of its past; undefined while that is forgotten. */
  get remembered(): Recollection | undefined {
    return this.recollection;
  }

  remember(recollection: Recollection): void {
    if (recollection.offset !== this.last.offset)
      throw new Error(`${this.name}: what is remembered ends at ${String(recollection.offset)}`);
    this.recollection = recollection;
  }

  forget(): void {
    this.recollection = undefined;
  }

  /** Where the message of this sender with this UUID stands in the stream. */
  saidAt(name: string, id: string): number | undefined {
    return this.past.saidAt(name, id);
  }

  /** When the sender last said something; null when that is not known. */
  lastSaid(name: string): number | null {
    return this.past.lastSaid(name);
  }

  /** From where in the stream the event with this offset is found, and how many of this room come before it there. */
  mark(offset: number): { sequence: number; skip: number } {
    return this.past.placeOf(offset);
  }

  private get past(): Recollection {
    if (this.recollection === undefined) throw new Error(`${this.name}: its past is not remembered now`);
    return this.recollection;
  }
}
