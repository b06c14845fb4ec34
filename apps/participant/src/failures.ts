// Why a participant cannot go on, or must not begin, in words for whoever has to act on it.
import { transactionId, type Begin, type Place } from '@parley/contracts';

/** Two processes have lived on this journal: each has forgotten what the other promised. */
export class SpoiltIdentity extends Error {
  readonly code = 'identity-spoilt';

  constructor(name: string) {
    super(
      `another process has lived as ${name} on a copy of this journal, so it may have forgotten what that one promised. Keep the ` +
        `folder for examination, and start ${name} with an empty one: it is then a new member and fetches every line.`,
    );
  }
}

/** What the journal says of a transaction cannot be true beside what the others have decided. */
export const contradiction = ({ place, reason }: { place: Place; reason: string }): Error =>
  new Error(
    `${transactionId(place)}: ${reason}. This participant's journal contradicts the others'. Keep its folder for examination, ` +
      'and start it with an empty folder: it is then a new member and fetches every line from the others.',
  );

/** The nonce of a start. @throws Error when there is none, which is a defect */
export function mustHave(nonce: string | undefined): string {
  if (nonce === undefined) throw new Error('a participant serves without a nonce');
  return nonce;
}

/** What a transaction is. @throws Error when it is not known, which is a defect */
export function mustKnow(begin: Begin | undefined, place: Place): Begin {
  if (begin === undefined)
    throw new Error(`what ${transactionId(place)} is stands neither in the journal nor in memory`);
  return begin;
}
