// Random executions of a few processes, and happens-before by its definition, to hold the clocks against.
import fc from 'fast-check';
import { newClock, receive, step, type ProcessClock, type Stamp } from '../process-clock.js';

export interface RecordedEvent extends Stamp {
  readonly process: string;
  readonly index: number;
  /** Indexes of the events from which one step of happens-before leads here. */
  readonly causes: readonly number[];
}

const PROCESSES = ['a', 'b', 'c', 'd'];

/** What a process does next: something of its own, a message sent, or the oldest, or any, message in flight received. */
type Act = { readonly process: number; readonly kind: 'local' | 'send' | 'receive'; readonly pick: number };

const act: fc.Arbitrary<Act> = fc.record({
  process: fc.nat({ max: PROCESSES.length - 1 }),
  kind: fc.constantFrom('local', 'send', 'receive'),
  pick: fc.nat({ max: 1_000 }),
});

/** Messages may overtake each other, be received several times, or never. Clocks begin anywhere. */
export const executions: fc.Arbitrary<RecordedEvent[]> = fc
  .record({
    acts: fc.array(act, { maxLength: 60 }),
    from: fc.array(fc.nat({ max: 50 }), { minLength: 4, maxLength: 4 }),
  })
  .map(({ acts, from }) => run(acts, from));

function run(acts: readonly Act[], from: readonly number[]): RecordedEvent[] {
  const clocks: ProcessClock[] = PROCESSES.map((process, index) => newClock(process, from[index]));
  const lastOf = new Map<number, number>();
  const sent: { stamp: Stamp; index: number }[] = [];
  const events: RecordedEvent[] = [];
  for (const { process, kind, pick } of acts) {
    const message = kind === 'receive' && sent.length > 0 ? sent[pick % sent.length] : undefined;
    const clock = message ? receive(clocks[process]!, message.stamp) : step(clocks[process]!);
    clocks[process] = clock;
    const before = lastOf.get(process);
    const causes = [...(before === undefined ? [] : [before]), ...(message ? [message.index] : [])];
    const { lamport, vector } = clock;
    const index = events.push({ process: PROCESSES[process]!, lamport, vector, index: events.length, causes }) - 1;
    lastOf.set(process, index);
    if (kind === 'send') sent.push({ stamp: { lamport, vector }, index });
  }
  return events;
}

/** Happens-before as Lamport defines it: the transitive closure of the causes. `past.get(b)` are the indexes of all a -> b. */
export function pasts(events: readonly RecordedEvent[]): ReadonlySet<number>[] {
  const past: Set<number>[] = [];
  for (const { causes } of events) past.push(new Set(causes.flatMap((cause) => [cause, ...past[cause]!])));
  return past;
}

export const pairs = <T>(events: readonly T[]): [T, T][] => events.flatMap((a) => events.map((b): [T, T] => [a, b]));
