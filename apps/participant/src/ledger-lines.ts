// What is written of lines: their text, their evidence, and their entries in the index. Pure but for the hash.
import { crc32 } from 'node:zlib';
import { nextDigest } from '@parley/catalogue';
import { CHAIN_START, type DecidedTransaction } from '@parley/contracts';
import type { LineEntry } from './line-index.js';

/** A line, and the transaction that it stands for. */
export interface LedgerLine {
  /** Empty when it was aborted. */
  readonly text: string;
  readonly transaction: DecidedTransaction;
}

/** How far a ledger is written. */
export interface LedgerEnd {
  readonly lines: number;
  /** Bytes of the text. */
  readonly bytes: number;
  /** h(lines), in hexadecimal. */
  readonly digest: string;
  readonly evidenceEnd: number;
  /** When the newest transaction began, ms since the epoch. */
  readonly createdAt: number;
}

export const EMPTY_LEDGER: LedgerEnd = { lines: 0, bytes: 0, digest: CHAIN_START, evidenceEnd: 0, createdAt: 0 };

export interface EncodedLines {
  readonly text: Buffer;
  readonly evidence: Buffer;
  readonly entries: readonly LineEntry[];
  readonly end: LedgerEnd;
}

/** The next lines of a ledger that ends at `end`. */
export function encodeLines(end: LedgerEnd, lines: readonly LedgerLine[]): EncodedLines {
  const texts: Buffer[] = [];
  const evidence: Buffer[] = [];
  const entries: LineEntry[] = [];
  for (const { text, transaction } of lines) {
    const line = Buffer.from(`${text}\n`);
    const proof = Buffer.from(`${JSON.stringify(transaction)}\n`);
    texts.push(line);
    evidence.push(proof);
    const entry: LineEntry = {
      digest: nextDigest(end.digest, end.lines + 1, text),
      textEnd: end.bytes + line.length,
      evidenceAt: end.evidenceEnd,
      evidenceBytes: proof.length,
      evidenceCrc: crc32(proof),
      createdAt: transaction.begin?.createdAt ?? end.createdAt,
      isCommitted: text !== '',
      isKnown: transaction.begin !== null,
    };
    entries.push(entry);
    end = {
      lines: end.lines + 1,
      bytes: entry.textEnd,
      digest: entry.digest,
      evidenceEnd: end.evidenceEnd + proof.length,
      createdAt: entry.createdAt,
    };
  }
  return { text: Buffer.concat(texts), evidence: Buffer.concat(evidence), entries, end };
}

/** What stands in the line of a decided transaction. */
export const lineOf = ({ begin, decision }: Pick<DecidedTransaction, 'begin' | 'decision'>): string =>
  decision.outcome === 'committed' ? (begin?.value ?? '') : '';
