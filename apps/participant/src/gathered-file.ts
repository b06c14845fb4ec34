// A file that mostly grows at its end, by little at a time. What is written there gathers in memory and goes out in large
// pieces, because a write costs about the same whatever its size. Whoever reads finds everything: what has not gone out
// yet goes out first. A process that is killed loses what has gathered, so only what can be made again may stand here.
import { DataFile } from './data-file.js';

/** What has gathered goes out when it is this much, in bytes, … */
const PIECE_BYTES = 256 * 1024;
/** … and at the latest after this time, in ms. */
const GATHER_MS = 200;

export class GatheredFile {
  private gathered: Uint8Array[] = [];
  private gatheredBytes = 0;
  private goingOut: Promise<void> = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;

  private constructor(
    private readonly file: DataFile,
    /** Where what has gathered goes; the file ends there, or will. */
    private outgoingAt: number,
    private readonly failed: (error: unknown) => void,
  ) {}

  /** Opens the file, or makes it. `failed` is told when what has gathered could not be written; nothing can be after that. */
  static async open(path: string, failed: (error: unknown) => void): Promise<GatheredFile> {
    const file = await DataFile.open(path);
    return new GatheredFile(file, await file.size(), failed);
  }

  get path(): string {
    return this.file.path;
  }

  /** Its size with what has gathered. */
  get size(): number {
    return this.outgoingAt + this.gatheredBytes;
  }

  async write(bytes: Uint8Array, offset: number): Promise<void> {
    if (offset !== this.size) return this.writeElsewhere(bytes, offset);
    this.gathered.push(bytes);
    this.gatheredBytes += bytes.length;
    if (this.gatheredBytes >= PIECE_BYTES) return this.flush();
    this.timer ??= setTimeout(() => void this.flush().catch(this.failed), GATHER_MS).unref();
  }

  /** The bytes at `offset`; fewer only at the end of the file. */
  async read(offset: number, length: number): Promise<Buffer> {
    if (offset + length > this.outgoingAt) await this.flush();
    else await this.goingOut;
    return this.file.read(offset, length);
  }

  /** Makes the file end at `size`. */
  async truncate(size: number): Promise<void> {
    await this.flush();
    await this.file.truncate(size);
    this.outgoingAt = size;
  }

  /** Resolves when everything that was written before this call stands in the file. */
  flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.gathered.length === 0) return this.goingOut;
    const piece = Buffer.concat(this.gathered);
    const offset = this.outgoingAt;
    this.gathered = [];
    this.gatheredBytes = 0;
    this.outgoingAt = offset + piece.length;
    // After a failure this rejects for good: what follows would leave a hole.
    this.goingOut = this.goingOut.then(() => this.file.write(piece, offset));
    return this.goingOut;
  }

  /** Resolves when everything that was written before this call is on the disk. */
  async force(): Promise<void> {
    await this.flush();
    await this.file.force();
  }

  async close(): Promise<void> {
    await this.flush().finally(() => this.file.close());
  }

  private async writeElsewhere(bytes: Uint8Array, offset: number): Promise<void> {
    await this.flush();
    await this.file.write(bytes, offset);
    this.outgoingAt = Math.max(this.outgoingAt, offset + bytes.length);
  }
}
