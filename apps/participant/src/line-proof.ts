// What whoever fetches lines needs beside them, to see that they lead to a digest of the coordinator's: see fetched-lines.ts
// in libs/commit. With each line goes its own h; here is the h before each run of them.
import type { DecidedTransaction, LedgerMark } from '@parley/contracts';
import type { Ledgers } from './ledgers.js';

/** h of the line right before each run of written lines among the transactions, which are in order. @throws DamagedIndex */
export async function marksBefore(
  ledgers: Ledgers,
  transactions: readonly DecidedTransaction[],
): Promise<LedgerMark[]> {
  const marks: LedgerMark[] = [];
  let last: DecidedTransaction | undefined;
  for (const transaction of transactions) {
    const { book, number, chained } = transaction;
    const isNext = last?.chained !== undefined && last.book === book && last.number === number - 1;
    last = transaction;
    if (chained === undefined || isNext || number === 1) continue;
    const mark = await ledgers.get(book)?.markAt(number - 1);
    if (mark) marks.push({ book, lines: mark.lines, digest: mark.digest });
  }
  return marks;
}
