// The waits of transactions, at most one each. What ends within one tick ends together, so that a thousand transactions
// that time out at once become one input and one ballot. Time is that of the clock that is handed in.
import type { Place } from '@parley/contracts';
import { placeKey } from './place.js';

/** Length of a tick, ms. Deadlines are rounded up to the next one. */
const TICK_MS = 20;

/** What tells the time and wakes: the machine's, or a simulated one. */
export interface Clock {
  /** Ms since the epoch. */
  now(): number;
  /** Calls `action` once after so many ms, unless the returned function was called before. */
  after(delayMs: number, action: () => void): () => void;
}

interface Waiting<Wait> {
  readonly wait: Wait;
  readonly place: Place;
  readonly tick: number;
}
interface Tick<Wait> {
  readonly waiting: Map<string, Waiting<Wait>>;
  readonly cancel: () => void;
}

export class Deadlines<Wait extends string> {
  private readonly waits = new Map<string, Waiting<Wait>>();
  private readonly ticks = new Map<number, Tick<Wait>>();

  /** `passed` is called once per kind of wait for all that end in one tick. */
  constructor(
    private readonly passed: (wait: Wait, places: Place[]) => void,
    private readonly clock: Clock,
  ) {}

  /** Starts a wait until `at` (ms since the epoch), in place of the transaction's earlier one. */
  set(wait: Wait, place: Place, at: number): void {
    const id = placeKey(place);
    this.clear(place);
    const tick = Math.ceil(at / TICK_MS);
    const waiting = { wait, place: { book: place.book, number: place.number }, tick };
    this.waits.set(id, waiting);
    this.tick(tick).waiting.set(id, waiting);
  }

  /** The transaction waits for nothing more. */
  clear(place: Place): void {
    const id = placeKey(place);
    const waiting = this.waits.get(id);
    if (waiting === undefined) return;
    this.waits.delete(id);
    // A tick that is empty is left to end: the next transaction waits for it too, and to cancel its timer and start
    // another for each that is decided in time, which is nearly every one, costs more than to be woken for nothing.
    this.ticks.get(waiting.tick)?.waiting.delete(id);
  }

  /** Forgets all waits. */
  stop(): void {
    for (const { cancel } of this.ticks.values()) cancel();
    this.ticks.clear();
    this.waits.clear();
  }

  private tick(number: number): Tick<Wait> {
    const known = this.ticks.get(number);
    if (known) return known;
    const delayMs = Math.max(0, number * TICK_MS - this.clock.now());
    const tick = {
      waiting: new Map<string, Waiting<Wait>>(),
      cancel: this.clock.after(delayMs, () => this.end(number)),
    };
    this.ticks.set(number, tick);
    return tick;
  }

  private end(number: number): void {
    const ended = [...(this.ticks.get(number)?.waiting.values() ?? [])];
    this.ticks.delete(number);
    const byWait = new Map<Wait, Place[]>();
    for (const { wait, place } of ended) {
      this.waits.delete(placeKey(place));
      const places = byWait.get(wait);
      if (places) places.push(place);
      else byWait.set(wait, [place]);
    }
    for (const [wait, places] of byWait) this.passed(wait, places);
  }
}
