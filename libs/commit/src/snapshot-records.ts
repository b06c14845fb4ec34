// Records that stand only in the snapshot at the beginning of a journal that was cut: what the records before led to.
import type { BookTerms } from './coordinator-state.js';

/** A participant's ledger holds every line of the book up to `lines`, and nothing else is needed to answer for them. */
export interface Written {
  readonly kind: 'written';
  readonly book: string;
  readonly lines: number;
  /** Bytes of the text up to there. */
  readonly bytes: number;
  /** h(lines), in hexadecimal. */
  readonly digest: string;
}

/** The coordinator has given the numbers of the book up to `greatest`. */
export interface Numbered {
  readonly kind: 'numbered';
  readonly book: string;
  readonly greatest: number;
  readonly terms: BookTerms;
  readonly epoch: number;
  /** When the newest transaction of any book began, ms since the epoch: later ones begin no earlier. */
  readonly newestAt: number;
}

/** What the coordinator saw decided, as the chained digest of the ledgers: all up to `lines`. */
export interface Chained {
  readonly kind: 'chained';
  readonly book: string;
  readonly lines: number;
  readonly digest: string;
}

/** An Idempotency-Key that still counts; key and body are hashes. */
export interface UsedKey {
  readonly kind: 'used-key';
  readonly key: string;
  readonly body: string;
  readonly createdAt: number;
  readonly book: string;
  readonly number: number;
}
