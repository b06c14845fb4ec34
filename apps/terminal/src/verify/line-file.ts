// Reads a text file line by line, in bounded memory and without decoding it: ledgers are compared byte for byte. Reading
// is synchronous, because a command that does nothing else gains nothing from waiting in another way.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { CommandFailure } from '../surroundings.js';

const CHUNK_BYTES = 1024 * 1024;
const NEWLINE = 10;

export class LineFile {
  private read = 0;
  private rest: Buffer = Buffer.alloc(0);
  private lines = 0;

  private constructor(
    readonly path: string,
    private readonly descriptor: number,
    private readonly size: number,
  ) {}

  /** Opens a file as long as it is now: what is appended later is not read. @throws CommandFailure */
  static open(path: string): LineFile {
    return inWords(path, () => {
      const descriptor = openSync(path, 'r');
      return new LineFile(path, descriptor, fstatSync(descriptor).size);
    });
  }

  /** How many lines have been given. */
  get count(): number {
    return this.lines;
  }

  /** Bytes after the last line that has an end, once all lines have been given: a line that is being written. */
  get unfinishedBytes(): number {
    return this.rest.length;
  }

  /** The next line without its end; undefined when there is no further whole line. @throws CommandFailure */
  next(): Buffer | undefined {
    for (let from = 0; ;) {
      const end = this.rest.indexOf(NEWLINE, from);
      if (end >= 0) {
        const line = this.rest.subarray(0, end);
        this.rest = this.rest.subarray(end + 1);
        this.lines += 1;
        return line;
      }
      from = this.rest.length;
      if (!this.readMore()) return undefined;
    }
  }

  close(): void {
    closeSync(this.descriptor);
  }

  private readMore(): boolean {
    const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, this.size - this.read));
    const bytes = inWords(this.path, () => readSync(this.descriptor, chunk, 0, chunk.length, this.read));
    this.read += bytes;
    this.rest = Buffer.concat([this.rest, chunk.subarray(0, bytes)]);
    return bytes > 0;
  }
}

function inWords<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new CommandFailure(`${path} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}
