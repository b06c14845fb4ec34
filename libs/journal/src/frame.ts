// The journal's format, as pure functions over bytes.
//
// The problem: after a crash the last write may be on disk wholly, partly (any of its sectors, in any order) or not at
// all, and a disk may also return wrong bytes for what it had stored. The two look alike and call for opposite answers:
// what was never reported as forced is cut, what was reported must never be. The format makes them distinguishable.
//
//   file    header page (4096 bytes), batches one after the other, zeros up to the preallocated size
//   header  magic 8 | version u32 | reserved u32 | logId 16 | zeros | CRC u32 at 4092
//   batch   magic u32 | bytes of records u32 | forced before u64 | CRC u32 | records
//   record  length u32 | CRC u32 | id length u8 | id, UTF-8 | payload | length u32          (all little-endian)
//
// Invariants:
// - A batch says how far the file was forced when the batch was written. As one write is in flight at a time, this is
//   the batch's own offset; a batch that stands anywhere else is none. A batch that is found intact proves that every
//   byte before it was forced.
// - A batch counts only as a whole: its records fill it exactly and each has the right CRC.
// - Every CRC starts from the log's id, and a record's also from its own offset, so that a record of another log, or one
//   that a disk put in the wrong place, is not taken for one of this.
// - A record repeats its length at its end, so that it can be read by the offset of its end, which is its position.
// - The batch's magic has bytes that UTF-8 never contains, so no text that is recorded can hold one.
// - No intact batch starts with a zero byte: zeros are the end of the log.
//
// Sources: Gray and Reuter, "Transaction Processing", 1993, chapter 9 (log records and their sequence numbers);
// Alagappan et al., "Protocol-Aware Recovery for Consensus-Based Storage", FAST 2018 (telling a torn tail from damage by
// what a later write says about the earlier ones).
import { crc32 } from 'node:zlib';

const FORMAT_VERSION = 1;
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
const HEADER_CRC_AT = HEADER_BYTES - 4;

const LENGTH_BYTES = 4;
const CRC_AT = 4;
const BODY_AT = 8;
const ID_AT = 9;
const RECORD_OVERHEAD_BYTES = ID_AT + LENGTH_BYTES;

export interface Fault {
  readonly fault: string;
}

export interface BatchHeader {
  /** Offset of the batch's first record. */
  readonly recordsAt: number;
  /** Offset of the first byte after the batch. */
  readonly end: number;
}

export interface JournalRecord {
  /** The id of the transaction that the record belongs to; empty if it belongs to none. */
  readonly transaction: string;
  readonly payload: Buffer;
}

export const isFault = (decoded: object): decoded is Fault => 'fault' in decoded;

/** @param logId 32 hexadecimal digits */
export const encodeHeader = (logId: string): Buffer => {
  const page = Buffer.alloc(HEADER_BYTES);
  FILE_MAGIC.copy(page);
  page.writeUInt32LE(FORMAT_VERSION, VERSION_AT);
  page.write(logId, LOG_ID_AT, LOG_ID_BYTES, 'hex');
  page.writeUInt32LE(crc32(page.subarray(0, HEADER_CRC_AT)), HEADER_CRC_AT);
  return page;
};

/** What a header page holds; `format` tells a file of another kind or version from a damaged one. */
export const decodeHeader = (page: Buffer): { readonly logId: string } | (Fault & { readonly format: boolean }) => {
  if (page.length < HEADER_BYTES || !page.subarray(0, FILE_MAGIC.length).equals(FILE_MAGIC))
    return { fault: 'this is not a journal of Parley', format: true };
  if (page.readUInt32LE(HEADER_CRC_AT) !== crc32(page.subarray(0, HEADER_CRC_AT)))
    return { fault: "the checksum of the file's header is wrong", format: false };
  const version = page.readUInt32LE(VERSION_AT);
  if (version !== FORMAT_VERSION)
    return { fault: `the journal has format version ${version}, this program reads ${FORMAT_VERSION}`, format: true };
  return { logId: page.toString('hex', LOG_ID_AT, LOG_ID_AT + LOG_ID_BYTES) };
};

/** Where the CRCs of one log start. */
export const seedOf = (logId: string): number => crc32(Buffer.from(logId, 'hex'));

// An offset may exceed 32 bits: >>> takes the sum modulo 2^32.
const recordSeed = (seed: number, start: number): number => (seed + start) >>> 0;

/** Writes the header of the batch that fills `frame`, which will stand at `position`, where all before is forced. */
export const sealBatch = (frame: Buffer, position: number, seed: number): void => {
  BATCH_MAGIC.copy(frame);
  frame.writeUInt32LE(frame.length - BATCH_HEADER_BYTES, 4);
  frame.writeBigUInt64LE(BigInt(position), 8);
  frame.writeUInt32LE(crc32(frame.subarray(0, 16), seed), 16);
};

/** Reads the batch header at the start of `bytes`, which stands at `position` of a file of `size` bytes. */
export const decodeBatchHeader = (bytes: Buffer, position: number, seed: number): BatchHeader | Fault => {
  if (bytes.length < BATCH_HEADER_BYTES) return { fault: 'the file ends within the header of a batch' };
  if (!bytes.subarray(0, BATCH_MAGIC.length).equals(BATCH_MAGIC)) return { fault: 'no batch starts here' };
  if (bytes.readUInt32LE(16) !== crc32(bytes.subarray(0, 16), seed))
    return { fault: 'the checksum of the header of a batch is wrong' };
  if (bytes.readBigUInt64LE(8) !== BigInt(position)) return { fault: 'the batch belongs elsewhere in the file' };
  const length = bytes.readUInt32LE(4);
  if (BATCH_HEADER_BYTES + length > MAX_BATCH_BYTES) return { fault: `a batch of ${length} bytes is over the limit` };
  const recordsAt = position + BATCH_HEADER_BYTES;
  return { recordsAt, end: recordsAt + length };
};

/** Bytes that a record takes in the file. */
export const recordBytes = (transactionBytes: number, payloadBytes: number): number =>
  RECORD_OVERHEAD_BYTES + transactionBytes + payloadBytes;

/** Writes a record to `into` at index `at`. `start` is the record's offset in the file. Returns the index after it. */
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
  into.writeUInt32LE(length, at);
  into[at + BODY_AT] = transactionBytes;
  into.write(transaction, at + ID_AT, transactionBytes, 'utf8');
  into.set(payload, at + ID_AT + transactionBytes);
  into.writeUInt32LE(length, end - LENGTH_BYTES);
  into.writeUInt32LE(crc32(into.subarray(at + BODY_AT, end), recordSeed(seed, start)), at + CRC_AT);
  return end;
};

/** Reads the record at index `at` of `bytes`, whose offset in the file is `start`. The payload is a view of `bytes`. */
export const decodeRecord = (
  bytes: Buffer,
  at: number,
  start: number,
  seed: number,
): (JournalRecord & { readonly end: number }) | Fault => {
  if (bytes.length - at < RECORD_OVERHEAD_BYTES) return { fault: 'a record does not fit its batch' };
  const length = bytes.readUInt32LE(at);
  const end = at + length;
  if (length < RECORD_OVERHEAD_BYTES || end > bytes.length) return { fault: 'the length of a record is wrong' };
  // The CRC covers the length at the end; the one at the start must be the same.
  if (bytes.readUInt32LE(end - LENGTH_BYTES) !== length) return { fault: 'the lengths of a record differ' };
  if (bytes.readUInt32LE(at + CRC_AT) !== crc32(bytes.subarray(at + BODY_AT, end), recordSeed(seed, start)))
    return { fault: 'the checksum of a record is wrong' };
  const payloadAt = at + ID_AT + bytes.readUInt8(at + BODY_AT);
  return {
    transaction: bytes.toString('utf8', at + ID_AT, payloadAt),
    payload: bytes.subarray(payloadAt, end - LENGTH_BYTES),
    end,
  };
};

/** Reads the record that ends where `bytes` end, or tells how many bytes before its end it needs. */
export const decodeLastRecord = (
  bytes: Buffer,
  end: number,
  seed: number,
): JournalRecord | Fault | { need: number } => {
  if (bytes.length < RECORD_OVERHEAD_BYTES) return { fault: 'no record ends here' };
  const length = bytes.readUInt32LE(bytes.length - LENGTH_BYTES);
  const limit = recordBytes(MAX_TRANSACTION_BYTES, MAX_PAYLOAD_BYTES);
  if (length < RECORD_OVERHEAD_BYTES || length > limit) return { fault: 'no record ends here' };
  if (length > bytes.length) return { need: length };
  return decodeRecord(bytes, bytes.length - length, end - length, seed);
};
