// Names of guests are known when they have gone, but not without end: whoever may come in without an account could fill the store,
// and the memory of each replica, with names. Beyond a bound the names of those who have gone are forgotten, who took theirs longest
// ago first. Those of accounts are kept for ever, and nobody loses a name while he is here.
//
// Every replica looks for itself, and removes a name only as it has seen it: whoever takes it meanwhile keeps it.
import type { Logger } from 'pino';
import type { Sessions } from '../accounts/sessions.js';
import { Rounds } from '../rounds.js';
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

export class GuestNames extends Rounds {
  constructor(private readonly parts: GuestNamesParts) {
    const undone = 'the names of guests who have gone cannot be forgotten now';
    super({ everyMs: LOOK_MS, undone, log: parts.log });
  }

  /** Forgets what is beyond the bound. */
  protected async round(): Promise<void> {
    const { known, bound } = this.parts;
    const candidates = beyond(known.guests(), bound);
    for (let next = candidates.next(); !next.done;) {
      const { value: guest } = next;
      next = candidates.next((await this.part(() => this.forget(guest))) ?? false);
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
