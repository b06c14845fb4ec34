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
//
// A process that died and was started again goes on above its entry, but has forgotten what it knew of the others, so that
// its clocks no longer say that what it once knew of happened before. Whoever knows an event knows all that this event
// knows: the counts are closed under that, which changes nothing where nobody has forgotten anything.
import { entryOf, type VectorClock } from './vector.js';

/** An event as far as clocks go. */
export interface ClockedEvent {
  readonly process: string;
  readonly vector: VectorClock;
}

/** The projected clock of each event, in the order given. Entries that would be 0 are left out. */
export function projectClocks(shown: readonly ClockedEvent[]): VectorClock[] {
  const processes = ownEvents(shown);
  const counts = shown.map(({ vector }) =>
    processes.map(({ process, entries }) => countUpTo(entries, entryOf(vector, process))),
  );
  close(counts, processes);
  return counts.map((known) =>
    Object.fromEntries(
      processes.flatMap(({ process }, index) => {
        const count = known[index] ?? 0;
        return count > 0 ? [[process, count] as const] : [];
      }),
    ),
  );
}

/** The shown events of a process in its order: their own entries, and where they stand among all. */
interface OwnEvents {
  readonly process: string;
  readonly entries: readonly number[];
  readonly positions: readonly number[];
}

function ownEvents(shown: readonly ClockedEvent[]): OwnEvents[] {
  const byProcess = new Map<string, { entry: number; position: number }[]>();
  shown.forEach(({ process, vector }, position) => {
    const own = byProcess.get(process) ?? [];
    byProcess.set(process, own);
    own.push({ entry: entryOf(vector, process), position });
  });
  return [...byProcess].map(([process, own]) => {
    own.sort((a, b) => a.entry - b.entry);
    return { process, entries: own.map(({ entry }) => entry), positions: own.map(({ position }) => position) };
  });
}

/** Lets every event know what those know that it knows, until nothing changes. */
function close(counts: number[][], processes: readonly OwnEvents[]): void {
  for (let hasChanged = true; hasChanged;) {
    hasChanged = false;
    for (const [position, known] of counts.entries()) {
      processes.forEach(({ positions }, process) => {
        const last = (known[process] ?? 0) - 1;
        // Of its own process an event knows itself, and what the one before it knew.
        const source = positions[last] === position ? positions[last - 1] : positions[last];
        if (takeUp(known, source === undefined ? undefined : counts[source])) hasChanged = true;
      });
    }
  }
}

/** Raises the counts to those of another event. Returns whether that changed them. */
function takeUp(known: number[], other: readonly number[] | undefined): boolean {
  let hasChanged = false;
  other?.forEach((count, process) => {
    if (count <= (known[process] ?? 0)) return;
    known[process] = count;
    hasChanged = true;
  });
  return hasChanged;
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
