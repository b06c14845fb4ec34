// What a node can tell of its journal.
import type { CommitRecord } from '@parley/commit';
import type { Begin, DecidedTransaction, NumberRange, Place } from '@parley/contracts';
import { idOf } from './facts.js';

/** The transaction as the journal has it, if it has more than its number. */
function beginOf(journal: readonly CommitRecord[], place: Place): Begin | undefined {
  for (const record of journal)
    if ('begin' in record && record.begin && idOf(record.begin) === idOf(place)) return record.begin;
  return undefined;
}

export const valueOf = (journal: readonly CommitRecord[], place: Place): string | undefined =>
  beginOf(journal, place)?.value;

/** The decided transactions of a journal, each once. */
export function decisionsOf(journal: readonly CommitRecord[]): readonly DecidedTransaction[] {
  const found = new Map<string, DecidedTransaction>();
  for (const record of journal) {
    if ((record.kind !== 'decided' && record.kind !== 'learned') || found.has(idOf(record))) continue;
    const { book, number, list, protocol, decision } = record;
    found.set(idOf(record), {
      book,
      number,
      list: [...list],
      protocol,
      begin: beginOf(journal, record) ?? null,
      decision,
    });
  }
  return [...found.values()].sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1));
}

export const decidedAmong = (journal: readonly CommitRecord[], ranges: readonly NumberRange[]): DecidedTransaction[] =>
  decisionsOf(journal).filter(({ book, number }) =>
    ranges.some((range) => range.book === book && range.first <= number && number <= range.last),
  );
