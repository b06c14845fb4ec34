// The index of a ledger: for each line, 64 bytes at a place that its number gives, so that any line and its evidence are
// found with one read and nothing is kept in memory.
//
//   h(n) 32 | end of the line in the text u48 | evidence: offset u48, created at u48, bytes u32, CRC u32 | committed u8 |
//   evidence has the transaction u8 | CRC of all before u32                                        (little-endian)
import { crc32 } from 'node:zlib';
import { GatheredFile } from './gathered-file.js';

export interface LineEntry {
  /** h(n), in hexadecimal. */
  readonly digest: string;
  /** Offset in the text behind the line and its break. */
  readonly textEnd: number;
  readonly evidenceAt: number;
  readonly evidenceBytes: number;
  readonly evidenceCrc: number;
  /** When the transaction began, ms since the epoch; for one that is known by its number only, as the line before it. */
  readonly createdAt: number;
  readonly isCommitted: boolean;
  /** Whether more is known of the transaction than its number and its end. */
  readonly isKnown: boolean;
}

const ENTRY_BYTES = 64;
const CRC_AT = ENTRY_BYTES - 4;

/** An entry is not what was written. */
export class DamagedIndex extends Error {
  constructor(
    path: string,
    readonly line: number,
  ) {
    super(`the entry of line ${String(line)} in ${path} is damaged`);
  }
}

export class LineIndex {
  private constructor(private readonly file: GatheredFile) {}

  /** `failed` is told when what was written did not reach the file. */
  static async open(path: string, failed: (error: unknown) => void): Promise<LineIndex> {
    return new LineIndex(await GatheredFile.open(path, failed));
  }

  /** The entries of lines `first` to `last`. @throws DamagedIndex, also when there are fewer */
  async read(first: number, last: number): Promise<LineEntry[]> {
    const bytes = await this.file.read((first - 1) * ENTRY_BYTES, (last - first + 1) * ENTRY_BYTES);
    return Array.from({ length: last - first + 1 }, (_, index) => {
      const entry = decode(bytes.subarray(index * ENTRY_BYTES, (index + 1) * ENTRY_BYTES));
      if (entry === undefined) throw new DamagedIndex(this.file.path, first + index);
      return entry;
    });
  }

  async write(first: number, entries: readonly LineEntry[]): Promise<void> {
    await this.file.write(Buffer.concat(entries.map(encode)), (first - 1) * ENTRY_BYTES);
  }

  /** Makes it end with this line. */
  async truncate(lines: number): Promise<void> {
    await this.file.truncate(lines * ENTRY_BYTES);
  }

  /** Resolves when everything that was written before this call stands in the file. */
  async flush(): Promise<void> {
    await this.file.flush();
  }

  async force(): Promise<void> {
    await this.file.force();
  }

  async close(): Promise<void> {
    await this.file.close();
  }
}

function encode(entry: LineEntry): Buffer {
  const bytes = Buffer.alloc(ENTRY_BYTES);
  bytes.write(entry.digest, 0, 'hex');
  bytes.writeUIntLE(entry.textEnd, 32, 6);
  bytes.writeUIntLE(entry.evidenceAt, 38, 6);
  bytes.writeUIntLE(entry.createdAt, 44, 6);
  bytes.writeUInt32LE(entry.evidenceBytes, 50);
  bytes.writeUInt32LE(entry.evidenceCrc, 54);
  bytes.writeUInt8(entry.isCommitted ? 1 : 0, 58);
  bytes.writeUInt8(entry.isKnown ? 1 : 0, 59);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, CRC_AT)), CRC_AT);
  return bytes;
}

function decode(bytes: Buffer): LineEntry | undefined {
  if (bytes.length < ENTRY_BYTES || bytes.readUInt32LE(CRC_AT) !== crc32(bytes.subarray(0, CRC_AT))) return undefined;
  return {
    digest: bytes.toString('hex', 0, 32),
    textEnd: bytes.readUIntLE(32, 6),
    evidenceAt: bytes.readUIntLE(38, 6),
    createdAt: bytes.readUIntLE(44, 6),
    evidenceBytes: bytes.readUInt32LE(50),
    evidenceCrc: bytes.readUInt32LE(54),
    isCommitted: bytes.readUInt8(58) === 1,
    isKnown: bytes.readUInt8(59) === 1,
  };
}
