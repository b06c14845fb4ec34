// Whether a ledger's files are what was written: each line against the chained digest in the index, and the index against
// the digest that the journal's snapshot names.
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { crc32 } from 'node:zlib';
import { nextDigest } from '@parley/catalogue';
import type { DecidedTransaction } from '@parley/contracts';
import type { Ledger, Mark } from './ledger.js';
import { EMPTY_LEDGER, encodeLines, lineOf } from './ledger-lines.js';
import { DamagedIndex } from './line-index.js';

/** Those of the lines `first` to `last` that are not what the index says. @throws DamagedIndex */
export async function damagedLines(ledger: Ledger, first: number, last: number): Promise<number[]> {
  const { lines, entries, before } = await ledger.written(first, last);
  let digest = before;
  return entries.flatMap((entry, index) => {
    const line = lines[index]?.toString() ?? '';
    const isSound = line.endsWith('\n') && nextDigest(digest, first + index, line.slice(0, -1)) === entry.digest;
    digest = entry.digest;
    return isSound ? [] : first + index;
  });
}

/** Whether the index ends as `mark` says. */
export async function endsAs(ledger: Ledger, { lines, bytes, digest }: Mark): Promise<boolean> {
  try {
    const [entry] = await ledger.entries(lines, lines);
    return entry?.digest === digest && entry.textEnd === bytes;
  } catch (error) {
    if (error instanceof DamagedIndex) return false;
    throw error;
  }
}

/**
 * Writes the index again from the evidence. Resolves with whether it then ends as `mark` says: if not, the evidence is
 * damaged too, or belongs to another ledger.
 */
export async function rebuildIndex(ledger: Ledger, evidenceFile: string, mark: Mark): Promise<boolean> {
  let end = EMPTY_LEDGER;
  let evidenceAt = 0;
  for await (const line of createInterface({ input: createReadStream(evidenceFile), crlfDelay: Infinity })) {
    const proof = Buffer.from(`${line}\n`);
    const transaction = parsed(line);
    const at = evidenceAt;
    evidenceAt += proof.length;
    // What was written twice stands for the line that it was written for, as it did then.
    if (transaction?.number !== end.lines + 1) continue;
    const encoded = encodeLines({ ...end, evidenceEnd: at }, [{ text: lineOf(transaction), transaction }]);
    const [entry] = encoded.entries;
    if (entry) await ledger.mendIndex(end.lines + 1, [{ ...entry, evidenceCrc: crc32(proof) }]);
    end = encoded.end;
    if (end.lines === mark.lines) return end.digest === mark.digest && end.bytes === mark.bytes;
  }
  return false;
}

function parsed(line: string): DecidedTransaction | undefined {
  try {
    return JSON.parse(line) as DecidedTransaction;
  } catch {
    return undefined;
  }
}
