// What people may send and acknowledge, on what is known of the post. Pure. What is allowed is an event that is still to be
// appended; what is done already needs none.
import type { DirectEvent, NewDirectMessage, Party, ProblemCode } from '@parley/contracts';
import type { Post } from './post.js';

/** How many messages wait for somebody at most. */
export const MAX_WAITING = 1_000;

/**
 * An event is decided on what its sender has done, and replicas do not see each other's before they are stored. So that the bound of
 * an inbox is one, a replica counts what it is storing itself as waiting, and has no more than this many messages under way to one
 * inbox; beyond that a message is stored only if nothing else was, by anybody, since it was decided on. With n replicas an inbox thus
 * never has more than MAX_WAITING + (n - 1) * MAX_UNDER_WAY.
 */
export const MAX_UNDER_WAY = 8;

/** What happens, before it has its time. */
type ContentOf<Event> = Event extends DirectEvent ? Omit<Event, 'at' | 'lamport' | 'vector'> : never;
export type DirectEventContent = ContentOf<DirectEvent>;

export type Verdict =
  | {
      readonly kind: 'happens';
      readonly event: DirectEventContent;
      /** Only if nothing else happens meanwhile, whoever does it. */
      readonly alone?: boolean;
    }
  | { readonly kind: 'done'; /** Where it stands, if it was sent. */ readonly sequence?: number }
  | { readonly kind: 'refused'; readonly code: ProblemCode; readonly detail: string };

/** What was found out about those to whom a message is to go. */
export interface Recipients {
  readonly parties: readonly Party[];
  /** Names that nobody has. */
  readonly unknown: readonly string[];
  /** Names of those who are not connected; asked for a `sync` message only. */
  readonly absent: readonly string[];
}

export interface Draft extends Pick<NewDirectMessage, 'text'> {
  readonly id: string;
  readonly recipients: Recipients;
}

/**
 * @param at when it would be sent, not before the last that the sender did
 * @param underWay how many messages to somebody this replica is storing, or does not know whether it has
 */
export function send(
  post: Post,
  from: Party,
  { id, text, recipients }: Draft,
  at: number,
  underWay: (party: Party) => number,
): Verdict {
  // What was sent is answered alike for ever, whoever has left meanwhile.
  const sequence = post.sentAt(from, id);
  if (sequence !== undefined) return { kind: 'done', sequence };
  const { parties, unknown, absent } = recipients;
  if (unknown.length > 0) return refused('unknown-recipient', `nobody is called ${named(unknown)}`);
  if (absent.length > 0) return refused('recipient-absent', `not connected: ${named(absent)}`);
  const full = parties
    .filter((party) => post.waiting(party).length + underWay(party) >= MAX_WAITING)
    .map(({ name }) => name);
  if (full.length > 0) return refused('inbox-full', `${String(MAX_WAITING)} messages wait for ${named(full)}`);
  const lastAt = post.lastSent(from);
  const gapMs = lastAt === null ? null : Math.max(0, at - lastAt);
  const alone = parties.some((party) => underWay(party) >= MAX_UNDER_WAY);
  return { kind: 'happens', event: { type: 'sent', id, from, to: [...parties], text, gapMs }, alone };
}

/** @param upTo the sequence of the last message that was received */
export function acknowledge(post: Post, who: Party, upTo: number): Verdict {
  const received = post.waiting(who).filter((sequence) => sequence <= upTo);
  const last = received.at(-1);
  // What is not sent yet cannot be received.
  return last === undefined ? { kind: 'done' } : { kind: 'happens', event: { type: 'received', who, upTo: last } };
}

const refused = (code: ProblemCode, detail: string): Verdict => ({ kind: 'refused', code, detail });
const named = (names: readonly string[]): string => names.join(', ');
