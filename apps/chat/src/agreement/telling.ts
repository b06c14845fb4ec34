// What a room is to be told of a transaction of its book. Pure. A transaction is read wherever it is known, by however many
// replicas; whether the room was told already follows from its record, so each thing is told once.
import { transactionId, type KnownTransaction, type RoomEvent, type VotedRequest } from '@parley/contracts';
import type { Verdict } from '../rooms/commands.js';
import type { Room } from '../rooms/room.js';

export type Asked = Extract<RoomEvent, { type: 'proposed' }>['asked'];

const told: Verdict = { kind: 'done' };

const named = (place: { book: string; number: number }): { transaction: string; book: string; line: number } => ({
  transaction: transactionId(place),
  book: place.book,
  line: place.number,
});

/** @param asked who holds the seats of the list; nobody is asked where votes are automatic */
export function tellProposed({ proposals }: Room, { begin }: KnownTransaction, asked: Asked): Verdict {
  if (proposals.isTold(begin.number)) return told;
  const { proposer: by, value: text, votes, protocol, createdAt, timeouts } = begin;
  const deadline = createdAt + timeouts.voteMs;
  return { kind: 'happens', event: { type: 'proposed', ...named(begin), by, text, votes, protocol, asked, deadline } };
}

/** Who has voted is told while the vote is awaited: afterwards the decision tells it. */
export function tellVoted({ proposals }: Room, { participant, by, ...place }: VotedRequest): Verdict {
  if (!proposals.awaits(place.number, participant)) return told;
  return { kind: 'happens', event: { type: 'voted', ...named(place), participant, by } };
}

/** What was proposed is told first. */
export function tellDecided({ proposals }: Room, { begin, decision }: KnownTransaction): Verdict {
  if (decision === null || !proposals.isTold(begin.number) || proposals.isDecided(begin.number)) return told;
  const { outcome, rule, decidedBy, votes } = decision;
  return { kind: 'happens', event: { type: 'decided', ...named(begin), outcome, rule, decidedBy, votes } };
}
