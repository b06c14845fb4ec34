// A transaction is in doubt when it is still deciding past its deadline: nothing is lost, but nobody can say yet how it
// ends, and its line and all later ones of the book wait. Pure.
import type { KnownTransaction, Transaction } from '@parley/contracts';
import type { Presence } from './presence.js';

/** When the coordinator's last wait for the transaction ends, in milliseconds since the epoch by the coordinator's clock. */
export const deadlineOf = ({ begin: { createdAt, timeouts } }: KnownTransaction): number =>
  createdAt + timeouts.voteMs + timeouts.acknowledgementMs;

/** Whether a transaction would be in doubt at this time if it is not decided. */
export const isOverdue = (known: KnownTransaction, now: number): boolean => now > deadlineOf(known);

/**
 * How long an undecided transaction has been in doubt and who could decide it but is not heard of; null while it is not
 * in doubt. With 2pc the coordinator alone can decide what it has begun to decide.
 */
export function doubtOf(
  known: KnownTransaction,
  presence: Pick<Presence, 'isLive' | 'isCoordinatorLive'>,
  now: number,
): Transaction['inDoubt'] {
  if (!isOverdue(known, now)) return null;
  const { begin, list } = known;
  const coordinator = begin.protocol === '2pc' && !presence.isCoordinatorLive(now) ? ['coordinator'] : [];
  const participants = list.filter((member) => !presence.isLive(member, now)).map(({ name }) => name);
  return { ageMs: Math.floor(now - deadlineOf(known)), missing: [...coordinator, ...participants] };
}
