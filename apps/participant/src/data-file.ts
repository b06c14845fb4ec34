// A file that is written at places that its user knows, and read back at any.
import { writeSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';

/** Up to this it costs less to write to the system's cache at once than to have another thread do it. */
const SMALL_BYTES = 4096;

/** The system's own error names neither the file nor the place. */
class WriteFailed extends Error {
  /** As the system has it: `ENOSPC`. */
  readonly code: string | undefined;

  constructor(what: string, cause: unknown) {
    const { code, message } = cause as NodeJS.ErrnoException;
    super(`${what} failed: ${message}`, { cause });
    this.code = code;
  }
}

export class DataFile {
  private constructor(
    readonly path: string,
    private readonly handle: FileHandle,
  ) {}

  /** Opens the file, or makes it. */
  static async open(path: string): Promise<DataFile> {
    await (await open(path, 'a', 0o600)).close();
    return new DataFile(path, await open(path, 'r+'));
  }

  async size(): Promise<number> {
    return (await this.handle.stat()).size;
  }

  async write(bytes: Uint8Array, offset: number): Promise<void> {
    try {
      for (let done = 0; done < bytes.length;) {
        const left = bytes.length - done;
        done +=
          left <= SMALL_BYTES
            ? writeSync(this.handle.fd, bytes, done, left, offset + done)
            : (await this.handle.write(bytes, done, left, offset + done)).bytesWritten;
      }
    } catch (cause) {
      throw new WriteFailed(`writing ${String(bytes.length)} bytes at ${String(offset)} of ${this.path}`, cause);
    }
  }

  /** The bytes at `offset`; fewer only at the end of the file. */
  async read(offset: number, length: number): Promise<Buffer> {
    const bytes = Buffer.allocUnsafeSlow(length);
    let done = 0;
    while (done < length) {
      const { bytesRead } = await this.handle.read(bytes, done, length - done, offset + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return bytes.subarray(0, done);
  }

  /** Makes the file end at `size`. */
  async truncate(size: number): Promise<void> {
    await this.handle.truncate(size);
  }

  /** Resolves when everything that was written is on the disk. */
  async force(): Promise<void> {
    await this.handle.datasync();
  }

  async close(): Promise<void> {
    await this.handle.close();
  }
}
