// One ledger: the lines of one book at one participant. Line n is transaction n, empty when it was aborted.
//
//   ledger/<book>.txt      the lines
//   archive/<book>.jsonl   for each line the transaction with its evidence, as JSON
//   archive/<book>.index   where both are, and the chained digest (line-index.ts)
//
// Lines are written after their decisions are forced to the journal, so whatever a reader sees is final. They are forced
// only before the journal is cut: up to there the files are the truth, guarded by the digest that the snapshot names; past
// it the journal is, and at the start the files are compared with it. Nothing is kept in memory for a line, but what
// belongs into the archive gathers for a moment.
import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import { CHAIN_START, type DecidedTransaction } from '@parley/contracts';
import { DataFile } from './data-file.js';
import { GatheredFile } from './gathered-file.js';
import { EMPTY_LEDGER, encodeLines, type EncodedLines, type LedgerEnd, type LedgerLine } from './ledger-lines.js';
import { DamagedIndex, LineIndex, type LineEntry } from './line-index.js';

/** About how much one read of the text returns, in bytes: more than a line can have. */
const READ_BYTES = 256 * 1024;
const NEWLINE = 10;

export interface LedgerPaths {
  readonly text: string;
  readonly evidence: string;
  readonly index: string;
}

/** What stands in a ledger up to a line. */
export type Mark = Pick<LedgerEnd, 'lines' | 'bytes' | 'digest'>;

type Failed = (error: unknown) => void;

/** Lines on their way, and where the ledger ends before them. */
interface Due {
  readonly at: LedgerEnd;
  readonly batch: EncodedLines;
}

export class Ledger {
  /** What is written or being written. */
  private end: LedgerEnd;
  /** What can be read. */
  private readable: LedgerEnd;
  /** Batches that wait for the write before them, and go out together. */
  private due: Due[] = [];
  private dueWritten: Promise<void> | undefined;
  private writing: Promise<void> = Promise.resolve();
  private isNamed = false;

  private constructor(
    private readonly paths: LedgerPaths,
    private readonly failed: Failed,
    private readonly text: DataFile,
    private readonly evidence: GatheredFile,
    private readonly index: LineIndex,
    end: LedgerEnd,
  ) {
    this.end = end;
    this.readable = end;
  }

  /**
   * Opens the files, or makes them, of a ledger that is written up to `mark`. Whether they are is not looked at. `failed` is
   * told when what belongs to lines that were written could not be: nothing can be after that.
   */
  static async open(paths: LedgerPaths, failed: Failed, mark: Mark = EMPTY_LEDGER): Promise<Ledger> {
    const [text, evidence] = await Promise.all([DataFile.open(paths.text), GatheredFile.open(paths.evidence, failed)]);
    const index = await LineIndex.open(paths.index, failed);
    return new Ledger(paths, failed, text, evidence, index, {
      ...EMPTY_LEDGER,
      ...mark,
      evidenceEnd: await wholeLines(evidence),
    });
  }

  /** Makes the files of a new book. Those that are there, and of which the journal knows nothing, are put aside. */
  static async make(paths: LedgerPaths, failed: Failed): Promise<Ledger> {
    for (const path of Object.values(paths) as string[]) {
      const found = await DataFile.open(path);
      if ((await found.size()) > 0) await rename(path, `${path}.unknown-to-the-journal`);
      await found.close();
    }
    return Ledger.open(paths, failed);
  }

  get files(): LedgerPaths {
    return this.paths;
  }

  /** How many lines are written or being written, and what they are. */
  get mark(): Mark {
    return this.end;
  }

  /** What can be read. */
  get readableMark(): Mark {
    return this.readable;
  }

  /** How many lines can be read. */
  get length(): number {
    return this.readable.lines;
  }

  /** At the start, for lines that the journal says are written. Returns the first whose text was not, if one was not. */
  async restore(lines: readonly LedgerLine[]): Promise<number | undefined> {
    const first = this.end.lines + 1;
    const offset = this.end.bytes;
    const batch = encodeLines(this.end, lines);
    const found = await this.text.read(offset, batch.text.length);
    const isKept = await this.hasEvidence(first, batch);
    if (!isKept) await this.writeEvidence(this.end, batch);
    this.end = isKept ? { ...batch.end, evidenceEnd: this.end.evidenceEnd } : batch.end;
    this.readable = this.end;
    if (found.equals(batch.text)) return undefined;
    await this.text.write(batch.text, offset);
    return (
      batch.entries.findIndex(({ textEnd }) => {
        const length = textEnd - offset;
        return !found.subarray(0, length).equals(batch.text.subarray(0, length));
      }) + first
    );
  }

  /** After the start: cuts off what does not belong to it. Returns whether that was any text. */
  async cutRest(): Promise<boolean> {
    const isLonger = (await this.text.size()) > this.end.bytes;
    if (isLonger) await this.text.truncate(this.end.bytes);
    await this.index.truncate(this.end.lines);
    return isLonger;
  }

  /** Appends lines. Resolves when they can be read; rejects when they cannot be written, and then for good. */
  append(lines: readonly LedgerLine[]): Promise<void> {
    const at = this.end;
    const batch = encodeLines(at, lines);
    this.end = batch.end;
    this.due.push({ at, batch });
    this.dueWritten ??= this.writing.then(() => this.writeDue());
    this.writing = this.dueWritten;
    return this.writing;
  }

  /** Resolves when everything that was appended before this call can be read. */
  settled(): Promise<void> {
    return this.writing;
  }

  /** Resolves when everything that was appended before this call stands in the files. */
  async flush(): Promise<void> {
    await this.settled();
    await Promise.all([this.evidence.flush(), this.index.flush()]);
  }

  /** Resolves when everything that was appended before this call is on the disk. */
  async force(): Promise<void> {
    try {
      await this.forceFiles();
    } catch (error) {
      // Whoever asked for it need not know which ledger it is.
      this.failed(error);
      throw error;
    }
  }

  /** What stands in the ledger up to `lines`; undefined beyond its end. @throws DamagedIndex */
  async markAt(lines: number): Promise<Mark | undefined> {
    if (lines > this.readable.lines) return undefined;
    if (lines === this.readable.lines) return this.readable;
    if (lines === 0) return EMPTY_LEDGER;
    const [entry] = await this.index.read(lines, lines);
    return entry && { lines, bytes: entry.textEnd, digest: entry.digest };
  }

  /** The entries of lines `first` to `last`, which can be read. @throws DamagedIndex */
  entries(first: number, last: number): Promise<LineEntry[]> {
    return this.index.read(first, last);
  }

  /** The transaction of a line that can be read; undefined when its evidence is damaged. @throws DamagedIndex */
  async transaction(line: number): Promise<DecidedTransaction | undefined> {
    const [entry] = await this.index.read(line, line);
    if (entry === undefined) throw new DamagedIndex(this.paths.index, line);
    const proof = await this.evidence.read(entry.evidenceAt, entry.evidenceBytes);
    if (proof.length < entry.evidenceBytes || crc32(proof) !== entry.evidenceCrc) return undefined;
    return { ...(JSON.parse(proof.toString()) as DecidedTransaction), chained: entry.digest };
  }

  /** Whole lines from the byte `offset` on, and where to go on reading; null at the end. */
  async read(offset: number): Promise<{ text: string; next: number | null }> {
    await this.writing;
    const total = this.readable.bytes;
    if (offset >= total) return { text: '', next: null };
    const bytes = await this.text.read(offset, Math.min(READ_BYTES, total - offset));
    const isLast = offset + bytes.length >= total;
    const whole = isLast ? bytes : bytes.subarray(0, bytes.lastIndexOf(NEWLINE) + 1);
    return { text: whole.toString(), next: isLast ? null : offset + whole.length };
  }

  /** The lines `first` to `last` as they stand in the file, with breaks, and h(first-1). @throws DamagedIndex */
  async written(first: number, last: number): Promise<{ lines: Buffer[]; entries: LineEntry[]; before: string }> {
    const entries = await this.index.read(Math.max(first - 1, 1), last);
    const before = first === 1 ? undefined : entries.shift();
    const start = before?.textEnd ?? 0;
    const bytes = await this.text.read(start, (entries.at(-1)?.textEnd ?? start) - start);
    let from = 0;
    const lines = entries.map(({ textEnd }) => bytes.subarray(from, (from = textEnd - start)));
    return { lines, entries, before: before?.digest ?? CHAIN_START };
  }

  /** Writes the text of a damaged line again. It has the length and the digest that the index says. */
  async mendText(number: number, text: string): Promise<void> {
    const [entry] = await this.index.read(number, number);
    const line = Buffer.from(`${text}\n`);
    if (entry !== undefined) await this.text.write(line, entry.textEnd - line.length);
  }

  /** Writes the evidence of a line again, behind that of the last line. */
  async mendEvidence(number: number, transaction: DecidedTransaction): Promise<void> {
    const proof = Buffer.from(`${JSON.stringify(transaction)}\n`);
    const evidenceAt = this.end.evidenceEnd;
    this.end = { ...this.end, evidenceEnd: evidenceAt + proof.length };
    await this.evidence.write(proof, evidenceAt);
    const [entry] = await this.index.read(number, number);
    if (entry === undefined) return;
    const createdAt = transaction.begin?.createdAt ?? entry.createdAt;
    const found = { evidenceAt, evidenceBytes: proof.length, evidenceCrc: crc32(proof), createdAt };
    await this.index.write(number, [{ ...entry, ...found, isKnown: transaction.begin !== null }]);
  }

  /** Writes entries of the index again that are damaged. */
  async mendIndex(first: number, entries: readonly LineEntry[]): Promise<void> {
    await this.index.write(first, entries);
  }

  async close(): Promise<void> {
    await this.writing.catch(() => undefined);
    await Promise.all([this.text.close(), this.evidence.close(), this.index.close()]);
  }

  private async forceFiles(): Promise<void> {
    await this.settled();
    await Promise.all([this.text.force(), this.evidence.force(), this.index.force()]);
    if (this.isNamed) return;
    for (const path of [this.paths.text, this.paths.evidence]) await forceFolder(dirname(path));
    this.isNamed = true;
  }

  private async writeDue(): Promise<void> {
    const due = this.due;
    this.due = [];
    this.dueWritten = undefined;
    const [first, last] = [due[0], due.at(-1)];
    if (first === undefined || last === undefined) return;
    for (const { at, batch } of due) await this.writeEvidence(at, batch);
    await this.text.write(Buffer.concat(due.map(({ batch }) => batch.text)), first.at.bytes);
    this.readable = last.batch.end;
  }

  private async writeEvidence(at: LedgerEnd, { evidence, entries }: EncodedLines): Promise<void> {
    await this.evidence.write(evidence, at.evidenceEnd);
    await this.index.write(at.lines + 1, entries);
  }

  /** Whether index and evidence of these lines are there already; more may stand there than the journal says. */
  private async hasEvidence(first: number, { entries }: EncodedLines): Promise<boolean> {
    try {
      const found = await this.index.read(first, first + entries.length - 1);
      for (const [index, { digest, textEnd, evidenceAt, evidenceBytes, evidenceCrc }] of found.entries()) {
        const isSame = digest === entries[index]?.digest && textEnd === entries[index].textEnd;
        if (!isSame || crc32(await this.evidence.read(evidenceAt, evidenceBytes)) !== evidenceCrc) return false;
      }
      return true;
    } catch (error) {
      if (error instanceof DamagedIndex) return false;
      throw error;
    }
  }
}

/** The size of a file of lines; what a crash left of a line is ended, so that the next one stands alone. */
async function wholeLines(file: GatheredFile): Promise<number> {
  const { size } = file;
  if (size === 0 || (await file.read(size - 1, 1))[0] === NEWLINE) return size;
  await file.write(Buffer.of(NEWLINE), size);
  return size + 1;
}

async function forceFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
