// What a verification found, as `--json` prints it.
import type { Outcome } from '@parley/contracts';

export interface VerificationResult {
  readonly equal: boolean;
  readonly books: readonly BookResult[];
}

export interface BookResult {
  readonly book: string;
  readonly equal: boolean;
  /** Length of the shortest ledger. */
  readonly lines: number;
  readonly ledgers: readonly LedgerResult[];
  /** Participants that did not answer, or whose files have no ledgers: their ledgers are not compared. */
  readonly missing: readonly string[];
  readonly firstDifference: DifferenceResult | null;
}

export interface LedgerResult {
  readonly participant: string;
  readonly lines: number;
  /** Bytes of a line that is being written, or that a crash left: not compared. */
  readonly unfinishedBytes?: number;
}

interface DifferenceResult {
  readonly line: number;
  readonly claims: readonly ClaimResult[];
}

/** What one ledger, archive or journal says of the line. */
export interface ClaimResult {
  readonly node: string;
  readonly kind: 'ledger' | 'archive' | 'journal';
  readonly outcome: Outcome;
  /** Null when only the outcome is known there. */
  readonly text: string | null;
  readonly rule?: string;
  readonly decidedBy?: string;
}
