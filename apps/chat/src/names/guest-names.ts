// Names of guests are known when they have gone, but not without end: whoever may come in without an account could fill the store,
// and the memory of each replica, with names. Beyond a bound the names of those who have gone are forgotten, who took theirs longest
// ago first. Those of accounts are kept for ever, and nobody loses a name while he is here.
//
// Every replica looks for itself, and removes a name only as it has seen it: whoever takes it meanwhile keeps it.
import { Refusal } from '@parley/messaging';
import type { Logger } from 'pino';
import type { Sessions } from '../accounts/sessions.js';
import type { GuestName, KnownNames } from './known-names.js';
import type { Names } from './names.js';

/** How many names of guests are kept, besides those of guests who are here: some 3 MB at each replica. */
export const MAX_GUEST_NAMES = 10_000;

const LOOK_MS = 60_000;

/**
 * Whose names are to be forgotten. Pure: it names one after the other, and is told of each whether it could be forgotten.
 *
 * @param guests the names of guests, the one that was taken longest ago first
 */
export function* beyond(guests: readonly GuestName[], bound: number): Generator<GuestName, void, boolean> {
  let excess = guests.length - bound;
  for (const guest of guests) {
    if (excess <= 0) return;
    const isForgotten = yield guest;
    if (isForgotten) excess -= 1;
  }
}

interface GuestNamesParts {
  readonly known: Pick<KnownNames, 'guests' | 'drop'>;
  readonly names: Pick<Names, 'forget'>;
  readonly sessions: Pick<Sessions, 'isOver'>;
  readonly log: Logger;
  readonly bound: number;
}

export class GuestNames {
  private timer: NodeJS.Timeout | undefined;
  private isLooking = false;

  constructor(private readonly parts: GuestNamesParts) {}

  start(): void {
    this.timer = setInterval(() => void this.look(), LOOK_MS);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** Forgets what is beyond the bound. What the store cannot tell now, it is asked next time. */
  async look(): Promise<void> {
    if (this.isLooking) return;
    this.isLooking = true;
    const { known, bound, log } = this.parts;
    try {
      const candidates = beyond(known.guests(), bound);
      for (let next = candidates.next(); !next.done;) next = candidates.next(await this.forget(next.value));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      log.warn({ reason: error.detail }, 'the names of guests who have gone cannot be forgotten now');
    } finally {
      this.isLooking = false;
    }
  }

  /** Whether it stands in the store no more, or for somebody else. */
  private async forget({ place, revision, session }: GuestName): Promise<boolean> {
    const { known, names, sessions } = this.parts;
    if (!(await sessions.isOver(session))) return false;
    // If it was removed long ago nobody tells of that any more.
    if (await names.forget(place, revision)) known.drop(place, revision);
    return true;
  }
}
