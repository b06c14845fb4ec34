// Vector clocks of a record in one order, by who wrote into it.
//
// The problem: a record has one order, which some process gave it, and clocks of that process say nothing about who knew of
// what. Two people who write at the same time have their messages put one after the other, though neither has read
// the other's. What is needed is known: which place in the record an author had been told of, when writing.
//
// An event happened before another (Lamport 1978) when both are of one author and it is the earlier, when it stands at or
// before the place that the other's author had been told of, or by a chain of such steps. With
//
//   V(e)[q] = the greatest place of an event of q that happened before e, or is e
//
// a happened before b if and only if V(a) < V(b) (vector.ts). A place that was told of is one at or below which all was told of:
// so of what an event knows of others the greatest place is all that is needed, and entries are places instead of counts.
import { merge, ZERO, type VectorClock } from './vector.js';

/** An event of the record, as far as clocks go. */
interface AuthoredEvent {
  readonly author: string;
  /** Where it stands: greater than that of the event before it. */
  readonly place: number;
  /** The author had been told of all up to here; what is at or after the event itself counts for nothing. */
  readonly told: number;
}

/** The clock of each event, in the order given, which is that of the record. Entries are places, by author. */
export function clocksByAuthor(record: readonly AuthoredEvent[]): VectorClock[] {
  const last = new Map<string, VectorClock>();
  return record.map(({ author, place, told }, index) => {
    const known = upTo(record.slice(0, index), told);
    const clock = { ...merge(last.get(author) ?? ZERO, known), [author]: place };
    last.set(author, clock);
    return clock;
  });
}

/** Whoever was told of all up to a place knows the last that each author has there. */
const upTo = (record: readonly AuthoredEvent[], told: number): VectorClock =>
  Object.fromEntries(record.filter(({ place }) => place <= told).map(({ author, place }) => [author, place]));
