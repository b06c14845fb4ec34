// An abort may be recorded by a participant that was never told what was proposed. Who knows it, and is to forget it, hands it
// over; it is kept with the line's evidence, so that every decision can be asked what it was about.
import { createHash } from 'node:crypto';
import type { DecidedTransaction, Place } from '@parley/contracts';
import type { Ledgers } from './ledgers.js';

/** Those of the transactions that can be read here from now on. */
export async function keep(ledgers: Ledgers, transactions: readonly DecidedTransaction[]): Promise<Place[]> {
  const kept: Place[] = [];
  for (const { book, number, begin } of transactions) {
    const ledger = ledgers.get(book);
    if (ledger === undefined || number > ledger.length || begin === null) continue;
    const [entry] = await ledger.entries(number, number);
    const known = entry && (await ledger.transaction(number));
    if (known === undefined) continue;
    if (known.begin === null) {
      const isOther = createHash('sha256').update(begin.value).digest('base64url') !== begin.digest;
      if (isOther || entry?.isCommitted !== false || begin.book !== book || begin.number !== number) continue;
      const { chained: _, ...recorded } = known;
      await ledger.mendEvidence(number, { ...recorded, begin });
      await ledger.force();
    }
    kept.push({ book, number });
  }
  return kept;
}
