// The clocks of one process: Lamport's time and the vector, kept together because every event moves both.
//
//   something happens, or a message is sent   both take one step; the message carries what they show then
//   a message is received                     both take up what it carries, then take one step
//
// Lamport's time is a number that is greater than those of all events that happened before; the reverse does not hold.
// With ties broken by the name of the process it orders all events totally, as one sequence that contradicts nothing.
import { advance, merge, ZERO, type VectorClock } from './vector.js';

/** What a message carries, and what an event is told with. */
export interface Stamp {
  readonly lamport: number;
  readonly vector: VectorClock;
}

export interface ProcessClock extends Stamp {
  /** The process' entry in the vector. Undefined for one that has no events of its own: it passes on what it hears. */
  readonly process: string | undefined;
}

/**
 * A process begins. `from` is a time at least as great as all that an earlier process of this name has shown; with 0 the
 * name must be new.
 */
export const newClock = (process: string | undefined, from = 0): ProcessClock => ({
  process,
  lamport: from,
  vector: process === undefined ? ZERO : { [process]: from },
});

/** Something happens in the process, or it sends a message. */
export const step = ({ process, lamport, vector }: ProcessClock): ProcessClock => ({
  process,
  lamport: lamport + 1,
  vector: process === undefined ? vector : advance(vector, process),
});

/** The process receives a message that carries this stamp. */
export const receive = ({ process, lamport, vector }: ProcessClock, stamp: Stamp): ProcessClock =>
  step({ process, lamport: Math.max(lamport, stamp.lamport), vector: merge(vector, stamp.vector) });
