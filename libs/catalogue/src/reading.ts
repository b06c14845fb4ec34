// What a node's journal says of decisions, for who looks at a node's files from outside: nothing is written or locked.
import type { DatedDecision, Place } from '@parley/contracts';
import { transactionId } from '@parley/contracts';
import { readJournal } from '@parley/journal';
import { decodeRecord } from './record-format.js';

/** A decision that stands in a journal. */
export interface JournalledDecision extends Place {
  readonly decision: Pick<DatedDecision, 'outcome' | 'rule' | 'decidedBy'>;
  /** The string; null when the journal does not have it. */
  readonly value: string | null;
}

/**
 * The decisions in a journal, each transaction once. The node that writes it may be running.
 *
 * @throws JournalError
 */
export async function journalledDecisions(file: string): Promise<JournalledDecision[]> {
  const values = new Map<string, string>();
  const decisions = new Map<string, Omit<JournalledDecision, 'value'>>();
  await readJournal(file, ({ payload }) => {
    const record = decodeRecord(payload);
    if ('begin' in record && record.begin !== null) values.set(transactionId(record.begin), record.begin.value);
    if (record.kind !== 'decided' && record.kind !== 'learned') return;
    const { book, number, decision } = record;
    decisions.set(transactionId(record), { book, number, decision });
  });
  return [...decisions].map(([id, decided]) => ({ ...decided, value: values.get(id) ?? null }));
}
