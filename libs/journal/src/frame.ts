// The journal's format, as pure functions over bytes.
//
// The problem: after a crash the last write may be on disk wholly, partly (any of its sectors, in any order) or not at
// all, and a disk may also return wrong bytes for what it had stored. The two look alike and call for opposite answers:
// what was never reported as forced is cut, what was reported must never be. The format makes them distinguishable.
//
//   file    header page (4096 bytes), snapshot, tail, zeros up to the preallocated size; snapshot and tail are batches
//   header  magic 8 | version u32 | reserved u32 | logId 16 | snapshot end u64 | shift i64 | forced end u64 | zeros |
//           CRC u32 at 4092
//   batch   magic u32 | bytes of records u32 | forced before u64 | CRC u32 | records
//   record  CRC u32 | length u32 | id length u8 | id, UTF-8 | payload                       (all little-endian)
//
// Invariants:
// - The position of a byte is its offset in the snapshot, and its offset plus `shift` in the tail: when a journal is cut,
//   the tail moves to another offset and keeps its positions, so it is copied as it is.
// - A batch says how far the log was forced when the batch was written. As one write is in flight at a time, this is
//   the batch's own position; a batch that stands anywhere else is none. A batch that is found intact proves that every
//   byte before it was forced. So does the header for what stands before its `forced end`: the snapshot, and what was
//   copied of the tail.
// - A batch counts only as a whole: its records fill it exactly and each has the right CRC.
// - Every CRC starts from the log's id, and a record's also from its own position, so that a record of another log, or one
//   that a disk put in the wrong place, is not taken for one of this.
// - The batch's magic has bytes that UTF-8 never contains, so no text that is recorded can hold one.
// - No intact batch starts with a zero byte: zeros are the end of the log.
//
// Sources: Gray and Reuter, "Transaction Processing", 1993, chapter 9 (log records and their sequence numbers);
// Alagappan et al., "Protocol-Aware Recovery for Consensus-Based Storage", FAST 2018 (telling a torn tail from damage by
// what a later write says about the earlier ones).
import { crc32 } from 'node:zlib';

const FORMAT_VERSION = 2;
export const HEADER_BYTES = 4096;
export const BATCH_HEADER_BYTES = 20;
export const MAX_PAYLOAD_BYTES = 1024 * 1024;
export const MAX_TRANSACTION_BYTES = 255;
/** The most that one write may be, so that a reader knows what an interrupted one can have left at most. */
export const MAX_BATCH_BYTES = 16 * 1024 * 1024;

export const BATCH_MAGIC = Buffer.from([0xff, 0x42, 0x41, 0xfe]);
const FILE_MAGIC = Buffer.from('PARLEYJL', 'latin1');
const LOG_ID_BYTES = 16;
const VERSION_AT = 8;
const LOG_ID_AT = 16;
const SNAPSHOT_END_AT = 32;
const SHIFT_AT = 40;
const FORCED_END_AT = 48;
const HEADER_CRC_AT = HEADER_BYTES - 4;

const LENGTH_AT = 4;
const ID_LENGTH_AT = 8;
const RECORD_OVERHEAD_BYTES = 9;

export interface Fault {
  readonly fault: string;
}

/** Where things stand in a file. All are offsets, in bytes from its start, but `shift`. */
export interface Layout {
  /** Where the tail begins. */
  readonly snapshotEnd: number;
  /** What is added to an offset in the tail to get its position. */
  readonly shift: number;
  /** Everything before this was forced when the file got its name. */
  readonly forcedEnd: number;
}

/** A journal that was never cut. */
export const EMPTY_LAYOUT: Layout = { snapshotEnd: HEADER_BYTES, shift: 0, forcedEnd: HEADER_BYTES };

export interface Header extends Layout {
  readonly logId: string;
}

export const positionAt = ({ snapshotEnd, shift }: Layout, offset: number): number =>
  offset < snapshotEnd ? offset : offset + shift;

export interface JournalRecord {
  /** The id of the transaction that the record belongs to; empty if it belongs to none. */
  readonly transaction: string;
  readonly payload: Buffer;
}

export const isFault = (decoded: object): decoded is Fault => 'fault' in decoded;

/** `logId` is 32 hexadecimal digits. */
export const encodeHeader = ({ logId, snapshotEnd, shift, forcedEnd }: Header): Buffer => {
  const page = Buffer.alloc(HEADER_BYTES);
  FILE_MAGIC.copy(page);
  page.writeUInt32LE(FORMAT_VERSION, VERSION_AT);
  page.write(logId, LOG_ID_AT, LOG_ID_BYTES, 'hex');
  page.writeBigUInt64LE(BigInt(snapshotEnd), SNAPSHOT_END_AT);
  page.writeBigInt64LE(BigInt(shift), SHIFT_AT);
  page.writeBigUInt64LE(BigInt(forcedEnd), FORCED_END_AT);
  page.writeUInt32LE(crc32(page.subarray(0, HEADER_CRC_AT)), HEADER_CRC_AT);
  return page;
};

/** What a header page holds; `format` tells a file of another kind or version from a damaged one. */
export const decodeHeader = (page: Buffer): Header | (Fault & { readonly format: boolean }) => {
  if (page.length < HEADER_BYTES || !page.subarray(0, FILE_MAGIC.length).equals(FILE_MAGIC))
    return { fault: 'this is not a journal of Parley', format: true };
  if (page.readUInt32LE(HEADER_CRC_AT) !== crc32(page.subarray(0, HEADER_CRC_AT)))
    return { fault: "the checksum of the file's header is wrong", format: false };
  const version = page.readUInt32LE(VERSION_AT);
  if (version !== FORMAT_VERSION)
    return { fault: `the journal has format version ${version}, this program reads ${FORMAT_VERSION}`, format: true };
  return {
    logId: page.toString('hex', LOG_ID_AT, LOG_ID_AT + LOG_ID_BYTES),
    snapshotEnd: Number(page.readBigUInt64LE(SNAPSHOT_END_AT)),
    shift: Number(page.readBigInt64LE(SHIFT_AT)),
    forcedEnd: Number(page.readBigUInt64LE(FORCED_END_AT)),
  };
};

/** Where the CRCs of one log start. */
export const seedOf = (logId: string): number => crc32(Buffer.from(logId, 'hex'));

// A position may exceed 32 bits: >>> takes the sum modulo 2^32.
const recordSeed = (seed: number, start: number): number => (seed + start) >>> 0;

/** Writes the header of the batch that fills `frame`, which will stand at `position`, where all before is forced. */
export const sealBatch = (frame: Buffer, position: number, seed: number): void => {
  BATCH_MAGIC.copy(frame);
  frame.writeUInt32LE(frame.length - BATCH_HEADER_BYTES, 4);
  frame.writeBigUInt64LE(BigInt(position), 8);
  frame.writeUInt32LE(crc32(frame.subarray(0, 16), seed), 16);
};

/** Reads the batch header at the start of `bytes`, which stands at `position`. Returns how long the batch is, in bytes. */
export const decodeBatchHeader = (bytes: Buffer, position: number, seed: number): { bytes: number } | Fault => {
  if (bytes.length < BATCH_HEADER_BYTES) return { fault: 'the file ends within the header of a batch' };
  if (!bytes.subarray(0, BATCH_MAGIC.length).equals(BATCH_MAGIC)) return { fault: 'no batch starts here' };
  if (bytes.readUInt32LE(16) !== crc32(bytes.subarray(0, 16), seed))
    return { fault: 'the checksum of the header of a batch is wrong' };
  if (bytes.readBigUInt64LE(8) !== BigInt(position)) return { fault: 'the batch belongs elsewhere in the log' };
  const length = BATCH_HEADER_BYTES + bytes.readUInt32LE(4);
  if (length > MAX_BATCH_BYTES) return { fault: `a batch of ${length} bytes is over the limit` };
  return { bytes: length };
};

/** Bytes that a record takes in the file. */
export const recordBytes = (transactionBytes: number, payloadBytes: number): number =>
  RECORD_OVERHEAD_BYTES + transactionBytes + payloadBytes;

/** Writes a record to `into` at index `at`. `start` is the position of its first byte. Returns the index after it. */
export const encodeRecord = (
  into: Buffer,
  at: number,
  start: number,
  seed: number,
  record: { readonly transaction: string; readonly transactionBytes: number; readonly payload: Uint8Array },
): number => {
  const { transaction, transactionBytes, payload } = record;
  const length = recordBytes(transactionBytes, payload.length);
  const end = at + length;
  into.writeUInt32LE(length, at + LENGTH_AT);
  into[at + ID_LENGTH_AT] = transactionBytes;
  into.write(transaction, at + RECORD_OVERHEAD_BYTES, transactionBytes, 'utf8');
  into.set(payload, at + RECORD_OVERHEAD_BYTES + transactionBytes);
  into.writeUInt32LE(crc32(into.subarray(at + LENGTH_AT, end), recordSeed(seed, start)), at);
  return end;
};

/** Reads the record at index `at` of `bytes`, whose position is `start`. The payload is a view of `bytes`. */
export const decodeRecord = (
  bytes: Buffer,
  at: number,
  start: number,
  seed: number,
): (JournalRecord & { readonly end: number }) | Fault => {
  if (bytes.length - at < RECORD_OVERHEAD_BYTES) return { fault: 'a record does not fit its batch' };
  const length = bytes.readUInt32LE(at + LENGTH_AT);
  const end = at + length;
  if (length < RECORD_OVERHEAD_BYTES || end > bytes.length) return { fault: 'the length of a record is wrong' };
  if (bytes.readUInt32LE(at) !== crc32(bytes.subarray(at + LENGTH_AT, end), recordSeed(seed, start)))
    return { fault: 'the checksum of a record is wrong' };
  const payloadAt = at + RECORD_OVERHEAD_BYTES + bytes.readUInt8(at + ID_LENGTH_AT);
  return {
    transaction: bytes.toString('utf8', at + RECORD_OVERHEAD_BYTES, payloadAt),
    payload: bytes.subarray(payloadAt, end),
    end,
  };
};
