// What is answered about a transaction whose line is written: never from memory, always from the ledger.
import type { ReplyAnswer } from '@parley/commit';
import type { ProtocolAnswer } from '@parley/contracts';
import type { Ledgers } from './ledgers.js';

/** The answer, or undefined when it cannot be given: the line is not written here, or its evidence is damaged. */
export async function fromLedger(
  ledgers: Ledgers,
  { book, number, digest }: Extract<ReplyAnswer, { answer: 'recorded' }>,
): Promise<ProtocolAnswer | undefined> {
  const ledger = ledgers.get(book);
  await ledger?.settled();
  if (ledger === undefined || number > ledger.length) return undefined;
  const [entry] = await ledger.entries(number, number);
  if (entry === undefined) return undefined;
  const state = entry.isCommitted ? 'committed' : 'aborted';
  if (digest === null) return { book, number, answer: 'decided', state };
  const transaction = await ledger.transaction(number);
  const isOther = transaction?.begin ? transaction.begin.digest !== digest : false;
  return isOther ? { book, number, answer: 'mismatch' } : { book, number, answer: 'decided', state };
}
