// Who has sent what to whom, and what of it waits: as it follows from the record of all direct messages. Pure: events and commands
// come in, with their times.
//
// The record is a stream in the store, in which each person has a subject of its own: what it sends and what it has received
// (record.ts). A message is one event, whomever it goes to. So:
//
// - All to whom a message goes get it, or none, whatever dies while it is stored: there is one write.
// - What somebody does is decided on all that he has done, whichever replicas decide at once; so the same UUID of a sender makes
//   one message, as long as it is remembered: for a day, and for the sender's last thousand.
// - A place in the stream is a place in each inbox. What waits for somebody is what was sent to him beyond the last place that
//   he has acknowledged; it grows only by sending and shrinks only by acknowledging.
// - Whoever applies the same events knows the same.
//
// Where messages stand is kept here, and not what they say.
import { personOf, type DirectEvent, type Party } from '@parley/contracts';
import { keyOf } from '../names/skeleton.js';

const REMEMBERED_MS = 24 * 3_600_000;
const REMEMBERED = 1_000;

type Sent = Extract<DirectEvent, { type: 'sent' }>;

interface Person {
  readonly party: Party;
  /** The last that this person has done: its time, and its sequence in the stream. */
  last: { at: number; sequence: number };
  /** When he last sent something; null when that is not known. */
  sentAt: number | null;
  /** Sequences of what he has sent, by UUID, the oldest first. */
  readonly sent: Map<string, { readonly sequence: number; readonly at: number }>;
  /** All up to this sequence is acknowledged. */
  acknowledged: number;
  /** Sequences of what waits, in order. */
  waiting: number[];
  /** Sequences of what he and somebody else have sent to each other, by the other's name. */
  readonly letters: Map<string, number[]>;
}

export class Post {
  private readonly people = new Map<string, Person>();

  apply(event: DirectEvent, sequence: number): void {
    const actor = this.of(event.type === 'sent' ? event.from : event.who);
    actor.last = { at: event.at, sequence };
    switch (event.type) {
      case 'sent':
        remember(actor, event, sequence);
        for (const recipient of event.to) this.deliver(event.from, recipient, sequence);
        return;
      case 'received':
        actor.acknowledged = Math.max(actor.acknowledged, event.upTo);
        actor.waiting = actor.waiting.filter((waits) => waits > event.upTo);
        return;
      default:
        event satisfies never;
    }
  }

  /** Something stands in the stream that is no event of the record: whoever appends has to know of it. */
  skip(person: string, sequence: number): void {
    const known = this.people.get(person);
    if (known) known.last = { ...known.last, sequence };
  }

  clear(): void {
    this.people.clear();
  }

  /** The last that somebody has done; sequence 0 for nothing. */
  last(party: Party): { readonly at: number; readonly sequence: number } {
    return this.people.get(personOf(party))?.last ?? { at: 0, sequence: 0 };
  }

  /** Where the last that somebody has done stands; 0 for nothing. */
  lastOf(person: string): number {
    return this.people.get(person)?.last.sequence ?? 0;
  }

  /** When somebody last sent something; null when that is not known. */
  lastSent(party: Party): number | null {
    return this.people.get(personOf(party))?.sentAt ?? null;
  }

  /** Where the message of this sender with this UUID stands. */
  sentAt(party: Party, id: string): number | undefined {
    return this.people.get(personOf(party))?.sent.get(id)?.sequence;
  }

  /** Where what waits for somebody stands, in order. */
  waiting(party: Party): readonly number[] {
    return this.people.get(personOf(party))?.waiting ?? [];
  }

  /** Who of those to whom a message went has not acknowledged it. */
  missing({ to }: Sent, sequence: number): Party[] {
    return to.filter((party) => (this.people.get(personOf(party))?.acknowledged ?? 0) < sequence);
  }

  /** Where what somebody and whoever has this name have sent to each other stands, in order. */
  letters(party: Party, name: string): readonly number[] {
    return this.people.get(personOf(party))?.letters.get(keyOf(name)) ?? [];
  }

  get guests(): Party[] {
    return [...this.people.values()].flatMap(({ party }) => (party.kind === 'guest' ? [party] : []));
  }

  /** A guest is gone, and nobody comes back as him. */
  forget(guest: Party): void {
    this.people.delete(personOf(guest));
  }

  private deliver(from: Party, to: Party, sequence: number): void {
    const recipient = this.of(to);
    recipient.waiting.push(sequence);
    place(recipient, from, sequence);
    place(this.of(from), to, sequence);
  }

  private of(party: Party): Person {
    const key = personOf(party);
    const known = this.people.get(key);
    if (known) return known;
    const person: Person = {
      party,
      last: { at: 0, sequence: 0 },
      sentAt: null,
      sent: new Map(),
      acknowledged: 0,
      waiting: [],
      letters: new Map(),
    };
    this.people.set(key, person);
    return person;
  }
}

function remember(sender: Person, { id, at }: Sent, sequence: number): void {
  sender.sentAt = at;
  sender.sent.set(id, { sequence, at });
  for (const [old, sent] of sender.sent) {
    if (sender.sent.size <= REMEMBERED && at - sent.at < REMEMBERED_MS) return;
    sender.sent.delete(old);
  }
}

function place({ letters }: Person, other: Party, sequence: number): void {
  const key = keyOf(other.name);
  const between = letters.get(key) ?? [];
  letters.set(key, between);
  // Who writes to himself has written once.
  if (between.at(-1) !== sequence) between.push(sequence);
}
