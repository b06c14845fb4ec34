// Transactions, evidence and requests as lines for a person. Pure.
import type { Evidence, OpenRequest, Transaction } from '@parley/contracts';
import { plainLine } from '../plain.js';

export function transactionText(transaction: Transaction): string {
  const { id, state, phase, value, applied, inDoubt, proposer } = transaction;
  const where = phase === null ? '' : ` (${phase})`;
  const doubt =
    inDoubt === null
      ? ''
      : `, in doubt for ${(inDoubt.ageMs / 1_000).toFixed(1)} s${inDoubt.missing.length === 0 ? '' : `, missing: ${inDoubt.missing.join(', ')}`}`;
  const written = `, in ${String(applied.done)} of ${String(applied.of)} ledgers`;
  return `${id}  ${state}${where}${doubt}${written}, proposed by ${plainLine(proposer)}: ${plainLine(value)}`;
}

const inOrder = <T>(record: Readonly<Record<string, T>>, shown: (value: T) => string): string =>
  Object.entries(record)
    .map(([name, value]) => `${name} ${shown(value)}`)
    .join(', ');

/** Why it was decided as it was. */
export function evidenceText({ transaction, state, protocol, guarantee, list, decision }: Evidence): string {
  const head = `${transaction}  ${state}  (${protocol}: ${guarantee})`;
  const names = `  asked:            ${list.map(({ name }) => name).join(', ')}`;
  if (decision === null) return [head, names, '  It is not decided yet.'].join('\n');
  const { rule, decidedBy, ballot, quorum, votes, states, acknowledgements, decidedAt } = decision;
  return [
    head,
    names,
    `  rule:             ${rule}`,
    `  decided by:       ${decidedBy}, ballot ${String(ballot.counter)}${ballot.node === '' ? '' : ` of ${ballot.node}`}, at ${decidedAt}`,
    `  votes:            ${inOrder(votes, (vote) => vote) || 'none were seen'}`,
    ...(Object.keys(states).length === 0 ? [] : [`  states:           ${inOrder(states, ({ state: seen }) => seen)}`]),
    `  acknowledgements: ${acknowledgements.join(', ') || 'none'} (${String(quorum)} were needed)`,
  ].join('\n');
}

export const requestText = ({ kind, transaction, participant, proposer, value, deadline }: OpenRequest): string =>
  `${kind === 'vote' ? 'vote' : 'ack '}  ${transaction} for ${participant}, until ${deadline}, proposed by ${plainLine(proposer)}: ${plainLine(value)}`;
