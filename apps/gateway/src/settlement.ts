// Requests that wait until their transaction is decided and applied by all live participants of its list. Nothing is
// polled: whoever learns that a ledger grew or that a participant is gone says so here. A waiter is checked when it
// joins, and lengths are tracked before it does, so news that came early is not missed.
import type { Member, Place } from '@parley/contracts';
import type { Growth } from './presence.js';
import { withResolvers } from './with-resolvers.js';

/** Why a wait ended: the transaction is settled, time is up, or the gateway or the client is leaving. */
export type WaitEnd = 'settled' | 'time-out' | 'stopped';

export interface Wait {
  readonly ended: Promise<WaitEnd>;
  /** Ends the wait as `stopped`; nothing happens when it has ended. */
  stop(): void;
}

interface Waiter extends Place {
  readonly list: readonly Member[];
  readonly end: (why: WaitEnd) => void;
}

export class Settlement {
  private readonly waiters = new Map<string, Set<Waiter>>();
  private stopped = false;

  /** @param isSettled whether the line is written by all live members of the list, as far as is known now */
  constructor(private readonly isSettled: (list: readonly Member[], place: Place) => boolean) {}

  /** Waits for at most `timeoutMs` milliseconds. */
  wait({ book, number }: Place, list: readonly Member[], timeoutMs: number): Wait {
    const { promise, resolve } = withResolvers<WaitEnd>();
    const ofBook = this.waiters.get(book) ?? new Set();
    this.waiters.set(book, ofBook);
    const end = (why: WaitEnd): void => {
      clearTimeout(timer);
      ofBook.delete(waiter);
      if (ofBook.size === 0 && this.waiters.get(book) === ofBook) this.waiters.delete(book);
      resolve(why);
    };
    const timer = setTimeout(end, timeoutMs, 'time-out');
    const waiter: Waiter = { book, number, list, end };
    ofBook.add(waiter);
    if (this.stopped) end('stopped');
    else this.check(waiter);
    return { ended: promise, stop: () => end('stopped') };
  }

  /** Ledgers grew. Only transactions whose line may have been written by that are looked at. */
  grown(growths: readonly Growth[]): void {
    for (const { book, lines } of growths) {
      for (const waiter of this.waiters.get(book) ?? []) if (waiter.number <= lines) this.check(waiter);
    }
  }

  /** A participant is no longer live, or is another member now. */
  lapsed(): void {
    for (const ofBook of this.waiters.values()) for (const waiter of ofBook) this.check(waiter);
  }

  /** Ends all waits, and those to come at once. */
  stop(): void {
    this.stopped = true;
    for (const ofBook of this.waiters.values()) for (const waiter of ofBook) waiter.end('stopped');
  }

  private check(waiter: Waiter): void {
    if (this.isSettled(waiter.list, waiter)) waiter.end('settled');
  }
}
