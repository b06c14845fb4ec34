import { parseTransactionId, type Place } from '@parley/contracts';
import { ProblemError, quoted } from '../http/problem.js';

/** The place that an id in an address names. @throws ProblemError `unknown-transaction` */
export function placeOf(id: string): Place {
  const place = parseTransactionId(id);
  if (!place) throw new ProblemError('unknown-transaction', `${quoted(id)} is not the id of a transaction`);
  return place;
}
