// The clocks of a few events out of many, as if nothing else had happened.
//
// The problem: a process' clock also moves when it sends and receives messages and in events that are not shown. Who
// draws a chosen set of events, as ShiViz does, expects the entries of each process to be 1, 2, 3 … over the shown ones.
//
// An event e knows a shown event s of process p exactly if V(s)[p] <= V(e)[p]. So the projected clock of e counts, for
// each process, the shown events that e knows, itself included:
//
//   V'(e)[p] = |{ s shown, of process p, with V(s)[p] <= V(e)[p] }|
//
// - The own entry of the k-th shown event of its process is k.
// - a happened before b in the projection if and only if it did in the whole: V'(a)[p] <= V'(b)[p] for the process p of a
//   says that b knows at least as many shown events of p as a, and those it knows are the first ones.
// - Entries name only processes that have a shown event, and no entry is greater than their number. So an event that was
//   lost leaves no gap: what knew of it knows of one fewer.
import { entryOf, type VectorClock } from './vector.js';

/** An event as far as clocks go. */
export interface ClockedEvent {
  readonly process: string;
  readonly vector: VectorClock;
}

/** The projected clock of each event, in the order given. Entries that would be 0 are left out. */
export function projectClocks(shown: readonly ClockedEvent[]): VectorClock[] {
  const entries = new Map<string, number[]>();
  for (const { process, vector } of shown) {
    const own = entries.get(process) ?? [];
    entries.set(process, own);
    own.push(entryOf(vector, process));
  }
  for (const own of entries.values()) own.sort((a, b) => a - b);
  return shown.map(({ vector }) => {
    const known = [...entries].map(([process, own]) => [process, countUpTo(own, entryOf(vector, process))] as const);
    return Object.fromEntries(known.filter(([, count]) => count > 0));
  });
}

/** How many of the sorted numbers are at most `limit`. */
function countUpTo(sorted: readonly number[], limit: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? Infinity) <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
