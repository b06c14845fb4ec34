// How the records of the commit protocol stand in the journal: JSON in UTF-8, under the id of their transaction.
import { transactionId } from '@parley/contracts';
import type { CommitRecord } from '@parley/commit';

interface JournalEntry {
  readonly transaction: string;
  readonly payload: Uint8Array;
}

export function encodeRecord(record: CommitRecord): JournalEntry {
  return { transaction: transactionOf(record), payload: Buffer.from(JSON.stringify(record)) };
}

/** The journal guards its bytes with checksums, and its header names the format, so what is read is what was written. */
export function decodeRecord(payload: Uint8Array): CommitRecord {
  return JSON.parse(Buffer.from(payload).toString()) as CommitRecord;
}

function transactionOf(record: CommitRecord): string {
  switch (record.kind) {
    case 'counter':
    case 'diverged':
    case 'start-nonces':
    case 'doubled':
    case 'registered':
    case 'leaving':
    case 'left':
    case 'written':
    case 'numbered':
    case 'chained':
      return '';
    case 'begun':
    case 'voted-yes':
      return transactionId(record.begin);
    default:
      return transactionId(record);
  }
}
