// Which of two events happened before the other, or neither, without any common clock.
//
// Lamport 1978, "Time, Clocks, and the Ordering of Events in a Distributed System": a happened before b when both are of
// one process and a is the earlier, when a is the sending of a message and b its receipt, or by a chain of such steps.
// Vector clocks tell exactly that: Fidge 1988, "Timestamps in Message-Passing Systems That Preserve the Partial Ordering";
// Mattern 1989, "Virtual Time and Global States of Distributed Systems".
//
// A clock has an entry per process: how far that process had come in all that this event can have been influenced by.
//
// - The clocks with `compare` are a partial order, and `merge` is its least upper bound.
// - Of events a and b with clocks V(a) and V(b): a happened before b if and only if V(a) < V(b).
//
// An entry is a count only by convention. All that follows needs is that it grows with every event of its process.

/** Entries by process; who has none is at 0. */
export type VectorClock = Readonly<Record<string, number>>;

/** How one clock, or event, stands to another in happens-before. */
export type Order = 'equal' | 'before' | 'after' | 'concurrent';

/** Nothing has happened yet. */
export const ZERO: VectorClock = {};

/** How far the process had come. */
export const entryOf = (clock: VectorClock, process: string): number =>
  Object.hasOwn(clock, process) ? (clock[process] ?? 0) : 0;

/** The process takes one step. */
export const advance = (clock: VectorClock, process: string): VectorClock => ({
  ...clock,
  [process]: entryOf(clock, process) + 1,
});

/** The least upper bound: all that either knows of. */
export function merge(a: VectorClock, b: VectorClock): VectorClock {
  const news: [string, number][] = [];
  for (const process of Object.keys(b)) {
    const entry = entryOf(b, process);
    if (entry > entryOf(a, process)) news.push([process, entry]);
  }
  return news.length === 0 ? a : { ...a, ...Object.fromEntries(news) };
}

export function compare(a: VectorClock, b: VectorClock): Order {
  const before = isAtMost(a, b);
  const after = isAtMost(b, a);
  if (before) return after ? 'equal' : 'before';
  return after ? 'after' : 'concurrent';
}

const isAtMost = (a: VectorClock, b: VectorClock): boolean =>
  Object.entries(a).every(([process, entry]) => entry <= entryOf(b, process));
