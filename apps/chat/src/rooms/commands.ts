// What people may do in a room, on the state that it has. Pure. What is allowed is an event that is still to be appended;
// what is done already needs none.
import { isDeepStrictEqual } from 'node:util';
import type { ProblemCode, RoomChange, RoomEvent, UserKind } from '@parley/contracts';
import { keyOf } from '../names/skeleton.js';
import type { Room, RoomMember } from './room.js';

export interface Actor {
  readonly name: string;
  readonly kind: UserKind;
  readonly session: string;
}

/** What happens, before it has its place and time. */
type ContentOf<Event> = Event extends RoomEvent
  ? Omit<Event, 'room' | 'epoch' | 'offset' | 'at' | 'lamport' | 'vector' | 'placed'>
  : never;
export type RoomEventContent = ContentOf<RoomEvent>;

export type Verdict =
  | { readonly kind: 'happens'; readonly event: RoomEventContent }
  | { readonly kind: 'done'; /** Where it stands, if it was said. */ readonly sequence?: number }
  | { readonly kind: 'refused'; readonly code: ProblemCode; readonly detail: string };

/** No user can have this name: it is reserved. */
const OPERATOR = 'operator';

const done: Verdict = { kind: 'done' };
const refused = (code: ProblemCode, detail: string): Verdict => ({ kind: 'refused', code, detail });

/** Guests who have the same name one after the other are not the same. */
const isSame = (member: RoomMember, { kind, session }: Actor): boolean =>
  member.kind === kind && (kind === 'account' || member.session === session);

const memberOf = ({ members }: Room, actor: Actor): RoomMember | undefined => {
  const member = members.get(keyOf(actor.name));
  return member !== undefined && isSame(member, actor) ? member : undefined;
};

const whoIs = ({ name, kind }: Pick<Actor, 'name' | 'kind'>): { name: string; kind: UserKind } => ({ name, kind });

export function join(room: Room, actor: Actor): Verdict {
  const { name, rules, members } = room;
  if (memberOf(room, actor)) return done;
  if (actor.kind === 'guest' && !rules.guests) return refused('not-admitted', `${name} lets in who has an account`);
  if (rules.admits !== null && !rules.admits.some((admitted) => keyOf(admitted) === keyOf(actor.name)))
    return refused('not-admitted', `${name} does not let in ${actor.name}`);
  // Who had the name before is gone, or it would not be this one's.
  const isTaken = members.has(keyOf(actor.name));
  if (!isTaken && members.size >= rules.capacity)
    return refused('room-full', `${name} takes ${String(rules.capacity)} members, and has them`);
  const session = actor.kind === 'guest' ? actor.session : null;
  return { kind: 'happens', event: { type: 'joined', who: whoIs(actor), session } };
}

/** @param by null: the operator. Who is in stays in, also when fewer may be: nobody else comes in then. */
export function change(
  { name, rules, rulesAt, createdBy }: Room,
  by: Actor | null,
  { rulesAt: expected, capacity = rules.capacity, admits = rules.admits, guests = rules.guests }: RoomChange,
): Verdict {
  if (by !== null && !(by.kind === 'account' && keyOf(by.name) === keyOf(createdBy)))
    return refused('maker-required', `${name} was made by ${createdBy}`);
  const changed = { ...rules, capacity, admits, guests };
  // Also for who repeats what was done: no change is lost by it.
  if (isDeepStrictEqual(changed, rules)) return done;
  if (expected !== undefined && expected !== rulesAt)
    return refused('rules-changed', `the rules of ${name} are those of ${String(rulesAt)}, not of ${String(expected)}`);
  return { kind: 'happens', event: { type: 'changed', by: by?.name ?? OPERATOR, rules: changed } };
}

export function leave(room: Room, actor: Actor): Verdict {
  const member = memberOf(room, actor);
  return member === undefined ? done : { kind: 'happens', event: { type: 'left', who: whoIs(member) } };
}

export interface Saying {
  readonly id: string;
  readonly text: string;
  /** What the sender's client says that it had been told of. */
  readonly seen?: number | undefined;
}

export function say(room: Room, actor: Actor, { id, text, seen }: Saying, at: number): Verdict {
  const sequence = room.saidAt(actor.name, id);
  if (sequence !== undefined) return { kind: 'done', sequence };
  if (!memberOf(room, actor)) return refused('membership-required', `${actor.name} is not in ${room.name}`);
  const lastAt = room.lastSaid(actor.name);
  const gapMs = lastAt === null ? null : Math.max(0, at - lastAt);
  // Nobody has seen what has not happened.
  const told = seen === undefined ? {} : { seen: Math.min(seen, room.last.offset) };
  return { kind: 'happens', event: { type: 'said', id, from: whoIs(actor), text, gapMs, ...told } };
}

/** @returns undefined when the actor may read what happened in the room */
export function refuseReading(room: Room, actor: Actor): Verdict | undefined {
  return memberOf(room, actor) ? undefined : refused('membership-required', `${actor.name} is not in ${room.name}`);
}
