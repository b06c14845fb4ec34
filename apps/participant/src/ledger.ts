// One ledger: the text file of one book at one participant. Line n is transaction n, empty when it was aborted.
//
// Lines are written after their decisions are forced to the journal, so whatever a reader sees is final. They are not
// forced themselves: the journal is the truth, and at the start the file is compared with what the journal says and
// mended from where it differs. Only the ends of lines are kept in memory, 8 bytes a line.
import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rename, type FileHandle } from 'node:fs/promises';
import { LineEnds } from './line-ends.js';

/** About how much one read returns, in bytes; a single line may be longer. */
const READ_BYTES = 256 * 1024;
/** How many lines lie between two places from which a ledger can be mended. */
const CHECKPOINT_LINES = 1024;

interface Checkpoint {
  readonly lines: number;
  readonly bytes: number;
  readonly digest: string;
}

export class Ledger {
  private readonly ends = new LineEnds();
  private readonly checkpoints: Checkpoint[] = [];
  private hash: Hash | undefined = createHash('sha256');
  private file: FileHandle | undefined;
  private writing: Promise<void> = Promise.resolve();

  constructor(private readonly path: string) {}

  /** How many lines are written or being written. */
  get length(): number {
    return this.ends.count;
  }

  /** Whether line `number` stands for a commit: a string has at least one byte, so an empty line is an abort. */
  isCommitted(number: number): boolean {
    return this.ends.endOf(number) - this.ends.endOf(number - 1) > 1;
  }

  /** At the start, for each line that the journal says is written, in order. */
  expect(text: string): void {
    this.hash?.update(`${text}\n`);
    this.ends.push(Buffer.byteLength(text) + 1);
    if (this.length % CHECKPOINT_LINES === 0) this.checkpoint();
  }

  /**
   * Opens the file, makes it when it is absent, and makes it hold exactly the expected lines. `textOf` gives the text of a
   * line. Resolves with the first line that had to be written again, or undefined when the file was right.
   */
  async open(textOf: (line: number) => Promise<string>): Promise<number | undefined> {
    this.checkpoint();
    this.hash = undefined;
    const made = await open(this.path, 'a');
    await made.close();
    const file = await open(this.path, 'r+');
    this.file = file;
    const { size } = await file.stat();
    const good = await this.lastGoodCheckpoint();
    if (good.lines === this.length && size === this.ends.total) return undefined;
    await file.truncate(good.bytes);
    for (let line = good.lines + 1; line <= this.length; line += 1)
      await file.write(`${await textOf(line)}\n`, this.ends.endOf(line - 1));
    return good.lines + 1;
  }

  /** Makes the file of a new book; what is appended waits for it. A file that the journal knows nothing of is put aside. */
  make(): void {
    this.writing = this.openNew();
  }

  /** Appends lines. Resolves when they can be read; rejects when they cannot be written, and then for good. */
  append(texts: readonly string[]): Promise<void> {
    const offset = this.ends.total;
    const bytes = Buffer.from(texts.map((text) => `${text}\n`).join(''));
    for (const text of texts) this.ends.push(Buffer.byteLength(text) + 1);
    this.writing = this.writing.then(() => this.write(bytes, offset));
    return this.writing;
  }

  /** Whole lines from the byte `offset` on, and where to go on reading; null at the end. */
  async read(offset: number): Promise<{ text: string; next: number | null }> {
    const total = this.ends.total;
    await this.writing;
    if (offset >= total) return { text: '', next: null };
    const end = Math.min(total, this.ends.endWithin(offset, offset + READ_BYTES));
    const bytes = Buffer.alloc(end - offset);
    await this.opened.read(bytes, 0, bytes.length, offset);
    return { text: bytes.toString(), next: end < total ? end : null };
  }

  async close(): Promise<void> {
    await this.writing;
    await this.file?.close();
  }

  private get opened(): FileHandle {
    if (this.file === undefined) throw new Error(`${this.path} is used before it is open`);
    return this.file;
  }

  private async openNew(): Promise<void> {
    const found = await open(this.path, 'a+');
    const { size } = await found.stat();
    if (size > 0) await rename(this.path, `${this.path}.unknown-to-the-journal`);
    await found.close();
    this.file = await open(this.path, 'w+');
  }

  private async write(bytes: Buffer, offset: number): Promise<void> {
    for (let done = 0; done < bytes.length;) {
      const { bytesWritten } = await this.opened.write(bytes, done, bytes.length - done, offset + done);
      done += bytesWritten;
    }
  }

  private checkpoint(): void {
    const digest = this.hash?.copy().digest('base64url');
    if (digest !== undefined) this.checkpoints.push({ lines: this.length, bytes: this.ends.total, digest });
  }

  /** The last place up to which the file is what the journal says. */
  private async lastGoodCheckpoint(): Promise<Checkpoint> {
    let good: Checkpoint = { lines: 0, bytes: 0, digest: '' };
    const hash = createHash('sha256');
    for (const checkpoint of this.checkpoints) {
      if (checkpoint.bytes > good.bytes)
        for await (const chunk of createReadStream(this.path, { start: good.bytes, end: checkpoint.bytes - 1 }))
          hash.update(chunk as Buffer);
      if (hash.copy().digest('base64url') !== checkpoint.digest) return good;
      good = checkpoint;
    }
    return good;
  }
}
