// "Why here?": why a message stands where it stands, and what it can have been influenced by. Pure.
//
// Two orders must not be taken for each other. The record has one order, which the store gives it: whichever message is
// stored first comes first, also of two that were written at once. And there is what happened before what
// (Lamport 1978): a message can have been influenced by what its sender had been told of, and by nothing else. The clocks that
// a replica stamps events with are about replicas, which read everything before they append; by them each message comes after all
// before it. Who had been told of what is said by the senders' clients (`seen`), and taken from nothing else: no more is claimed
// than that what is called before is known to have been told, and of what is called concurrent neither is.
import { clocksByAuthor, compare, type VectorClock } from '@parley/clocks';
import type { Mention, MessageExplanation, RoomEvent } from '@parley/contracts';
import { keyOf } from '../names/skeleton.js';

/** How many events before a message, and after it, are looked at. */
export const LOOKED_AT = 200;

/** Most messages that are named in one list. */
const MAX_MENTIONS = 20;

type Said = Extract<RoomEvent, { type: 'said' }>;

/** A message with its vector clock by sender. */
interface Clocked {
  readonly said: Said;
  readonly clock: VectorClock;
}

/**
 * @param events a part of a room's record without a hole
 * @returns undefined when nothing was said at this offset
 */
export function explain(events: readonly RoomEvent[], offset: number): MessageExplanation | undefined {
  const messages = clocked(events);
  const it = messages.find(({ said }) => said.offset === offset);
  if (it === undefined) return undefined;
  const { room, epoch, from, at, lamport, vector, placed = null, seen = null } = it.said;
  const inOrder = (order: 'before' | 'concurrent'): Clocked[] =>
    messages
      .filter(({ clock }) => compare(clock, it.clock) === order)
      .sort((a, b) => distance(a, offset) - distance(b, offset));
  const explanation = {
    ...{ room, epoch, offset, from: from.name, at: new Date(at).toISOString(), lamport, vector, placed, seen },
    clock: knownPlaces(messages, it.clock),
    before: mentions(inOrder('before')),
    concurrent: mentions(inOrder('concurrent')),
    looked: { first: events[0]?.offset ?? offset, last: events.at(-1)?.offset ?? offset },
  };
  return { ...explanation, text: sentences(explanation) };
}

const distance = ({ said }: Clocked, offset: number): number => Math.abs(said.offset - offset);

function clocked(events: readonly RoomEvent[]): Clocked[] {
  const sessions = new Map<string, string>();
  const messages: { said: Said; author: string; place: number; told: number }[] = [];
  for (const event of events) {
    if (event.type === 'said') {
      const { from, offset, seen } = event;
      const author = `${from.kind} ${keyOf(from.name)} ${sessions.get(keyOf(from.name)) ?? ''}`;
      messages.push({ said: event, author, place: offset, told: Math.min(seen ?? 0, offset - 1) });
    }
    // Guests who have a name one after the other are not the same: none knows what the one before has said.
    if (event.type === 'joined' && event.session !== null) sessions.set(keyOf(event.who.name), event.session);
  }
  const clocks = clocksByAuthor(messages);
  return messages.map(({ said }, index) => ({ said, clock: clocks[index] ?? {} }));
}

function knownPlaces(messages: readonly Clocked[], clock: VectorClock): { name: string; offset: number }[] {
  const places = new Set(Object.values(clock));
  return messages
    .filter(({ said }) => places.has(said.offset))
    .map(({ said }) => ({ name: said.from.name, offset: said.offset }));
}

function mentions(messages: readonly Clocked[]): { items: Mention[]; more: number } {
  const items = messages.slice(0, MAX_MENTIONS).map(({ said }) => ({ offset: said.offset, from: said.from.name }));
  return { items, more: messages.length - items.length };
}

function sentences(of: Omit<MessageExplanation, 'text'>): string[] {
  const { placed, offset, lamport, from, seen } = of;
  const place =
    placed === null
      ? `It stands at ${String(offset)}. Who put it there is not in the record.`
      : `Chat replica ${placed.by} put it at ${String(offset)}, directly after ${String(offset - 1)}: the store was told to take it ` +
        `only if nothing stood in the room after sequence ${String(placed.after)}, so nothing can have come in between.`;
  const told =
    seen === null
      ? `${from}’s client did not say how far it had been told, so only what ${from} had said before is known to have happened before.`
      : `${from}’s client had been told of everything up to ${String(seen)} when this was said.`;
  return [
    place,
    `Its Lamport time ${String(lamport)} is greater than that of all that stands before it here; a greater time alone does not say that ` +
      'one has influenced the other.',
    'Its vector clock by chat replica says what that replica had read: all that stands before it here. ' +
      'So of two messages of one room it never says that neither came first.',
    told,
    listed('Happened before it, for it can have been influenced by them', of.before),
    of.concurrent.items.length === 0
      ? 'Concurrent with it is nothing that was looked at.'
      : `${listed('Concurrent with it', of.concurrent)} Of such two neither sender is known to have been told of the other’s ` +
        'message. Their order is the store’s, and no more.',
  ];
}

function listed(what: string, { items, more }: { items: readonly Mention[]; more: number }): string {
  const named = items.map(({ offset, from }) => `${String(offset)} by ${from}`).join(', ');
  const rest = more === 0 ? '' : `, and ${String(more)} more`;
  return `${what}: ${named === '' ? 'nothing that was looked at' : `${named}${rest}`}.`;
}
