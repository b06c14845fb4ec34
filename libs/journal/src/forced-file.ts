// A file whose writes are on the disk when they return.
//
// The problem: a write that returned is in the kernel's memory only, and forcing it also writes the file's metadata
// whenever the write made the file longer, which doubles the cost. After a write or a force that failed, the kernel may
// have dropped the bytes while its cache still shows them: trying again would report success for what is not there.
//
// Invariants:
// - `write` and `grow` return after the bytes, and the metadata needed to read them, are on the disk.
// - The file is filled with zeros ahead of the writes, so that a forced write changes no metadata.
// - A new file appears under its name complete or not at all: written under another name, forced, renamed, and the
//   folder forced.
// - Nothing is tried again after an error; who uses this file must stop writing to it.
//
// Sources: Rebello et al., "Can Applications Recover from fsync Failures?", USENIX ATC 2020; Pillai et al., "All File Systems
// Are Not Created Equal", OSDI 2014 (rename and directory fsync); open(2) on O_DSYNC.
import { constants, writeSync } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { JournalError } from './journal-error.js';

const ZEROS = Buffer.alloc(1024 * 1024);

/** On macOS O_DSYNC does not reach the disk (fdatasync does, as F_FULLFSYNC), and Windows has none. */
const SYSTEM_WRITES_THROUGH = process.platform === 'linux';

const unfinished = (file: string): string => `${file}.new`;

const syncFolder = async (path: string): Promise<void> => {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
};

/** Where a write is done: in this thread, or in one of Node's pool while this one goes on. */
type Where = 'here' | 'aside';

/** After a write that took longer than this, in ms, the process does not stand still for the next one. */
const QUICK_MS = 5;

export class ForcedFile {
  #size: number;
  #tookMs = 0;

  private constructor(
    readonly file: string,
    readonly handle: FileHandle,
    readonly writesThrough: boolean,
    size: number,
  ) {
    this.#size = size;
  }

  /**
   * Begins a file that gets its name only by `putInPlace`, over what may be left of an interrupted one.
   * @throws JournalError
   */
  static async build(file: string, writesThrough = SYSTEM_WRITES_THROUGH): Promise<ForcedFile> {
    try {
      const flags = constants.O_RDWR | constants.O_CREAT | constants.O_TRUNC | (writesThrough ? constants.O_DSYNC : 0);
      return new ForcedFile(file, await open(unfinished(file), flags, 0o600), writesThrough, 0);
    } catch (error) {
      throw JournalError.ofSystem('write', file, 'creating it', error);
    }
  }

  /** Gives the file its name, in place of a file that has it. Either one is found after a crash. @throws JournalError */
  async putInPlace(): Promise<void> {
    try {
      await this.handle.sync();
      await rename(unfinished(this.file), this.file);
      await syncFolder(dirname(this.file));
    } catch (error) {
      throw JournalError.ofSystem('write', this.file, 'putting it in place', error);
    }
  }

  /** Gives up a file that was not put in place. */
  async discard(): Promise<void> {
    await this.handle.close();
    await rm(unfinished(this.file), { force: true });
  }

  /**
   * Opens an existing file.
   * @param writesThrough force by O_DSYNC, otherwise by fdatasync after each write
   * @returns undefined if there is no such file
   * @throws JournalError
   */
  static async open(file: string, writesThrough = SYSTEM_WRITES_THROUGH): Promise<ForcedFile | undefined> {
    try {
      const handle = await open(file, constants.O_RDWR | (writesThrough ? constants.O_DSYNC : 0));
      return new ForcedFile(file, handle, writesThrough, (await handle.stat()).size);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw JournalError.ofSystem('write', file, 'opening it for writing', error);
    }
  }

  /** Bytes of the file, what was grown included. */
  get size(): number {
    return this.#size;
  }

  /**
   * Writes all of `bytes` and forces them. They should lie within `size`.
   * @param where `here` costs less than to wake another thread and be woken by it, which pays when nobody else has anything
   * to do; on a disk that is slow now it is done aside all the same
   * @throws JournalError
   */
  async write(bytes: Buffer, position: number, where: Where = 'aside'): Promise<void> {
    const begunAt = performance.now();
    const piece = where === 'here' && this.writesThrough && this.#tookMs <= QUICK_MS ? this.#here : this.#aside;
    try {
      // A signal or a disk that is nearly full makes a write stop short; the next one continues it or says why not.
      for (let done = 0; done < bytes.length;) {
        const written = await piece(bytes, done, position + done);
        if (written === 0) throw new Error('the system wrote nothing and named no reason');
        done += written;
      }
      if (!this.writesThrough) await this.handle.datasync();
      this.#size = Math.max(this.#size, position + bytes.length);
      this.#tookMs = performance.now() - begunAt;
    } catch (error) {
      throw JournalError.ofSystem('write', this.file, `writing ${bytes.length} bytes`, error, position);
    }
  }

  /** Reads the bytes at `position`, which must lie within the file. @throws JournalError */
  async read(position: number, length: number): Promise<Buffer> {
    const bytes = Buffer.allocUnsafeSlow(length);
    try {
      for (let done = 0; done < length;) {
        const { bytesRead } = await this.handle.read(bytes, done, length - done, position + done);
        if (bytesRead === 0) throw new Error('the file has become shorter');
        done += bytesRead;
      }
    } catch (error) {
      throw JournalError.ofSystem('read', this.file, `reading ${length} bytes`, error, position);
    }
    return bytes;
  }

  /** Appends zeros up to `size`, in pieces, so that other writes are not kept waiting for long. @throws JournalError */
  async grow(size: number): Promise<void> {
    while (this.#size < size)
      await this.write(ZEROS.subarray(0, Math.min(ZEROS.length, size - this.#size)), this.#size);
  }

  /** Cuts the file off at `size` and forces that. @throws JournalError */
  async cut(size: number): Promise<void> {
    try {
      await this.handle.truncate(size);
      await this.handle.sync();
    } catch (error) {
      throw JournalError.ofSystem('write', this.file, `cutting it to ${size} bytes`, error);
    }
    this.#size = size;
  }

  /** Forces the file, its length and its name: the process that made or grew it may have died before it did. */
  async sync(): Promise<void> {
    try {
      await this.handle.sync();
      await syncFolder(dirname(this.file));
    } catch (error) {
      throw JournalError.ofSystem('write', this.file, 'forcing it', error);
    }
  }

  async close(): Promise<void> {
    await this.handle.close();
  }

  readonly #here = (bytes: Buffer, from: number, position: number): number =>
    writeSync(this.handle.fd, bytes, from, bytes.length - from, position);

  readonly #aside = async (bytes: Buffer, from: number, position: number): Promise<number> =>
    (await this.handle.write(bytes, from, bytes.length - from, position)).bytesWritten;
}
