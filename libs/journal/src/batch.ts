// A batch being filled: records are encoded once, straight into the bytes that will be written.
//
// Invariant: a record's position is final as soon as it is appended, because where the batch will stand is known when it is
// begun: after the one before it.
import { BATCH_HEADER_BYTES, encodeRecord, recordBytes, sealBatch } from './frame.js';

const FIRST_BYTES = 64 * 1024;

export class Batch {
  #bytes: Buffer;
  #length = BATCH_HEADER_BYTES;
  #closed = false;
  #records = 0;

  /**
   * @param start position at which the batch will stand
   * @param storage the storage of a batch that is no longer needed
   */
  constructor(
    readonly start: number,
    readonly seed: number,
    storage: Buffer = Buffer.allocUnsafeSlow(FIRST_BYTES),
  ) {
    this.#bytes = storage;
  }

  /** Bytes of the batch so far. */
  get length(): number {
    return this.#length;
  }

  get records(): number {
    return this.#records;
  }

  /** Position after the last record, which is that record's position. */
  get end(): number {
    return this.start + this.#length;
  }

  /** Nothing may be added any more. */
  get closed(): boolean {
    return this.#closed;
  }

  close(): void {
    this.#closed = true;
  }

  get storage(): Buffer {
    return this.#bytes;
  }

  add(transaction: string, transactionBytes: number, payload: Uint8Array): void {
    this.#reserve(this.#length + recordBytes(transactionBytes, payload.length));
    const record = { transaction, transactionBytes, payload };
    this.#records += 1;
    this.#length = encodeRecord(this.#bytes, this.#length, this.end, this.seed, record);
  }

  /** The bytes to write at `start`. Nothing may be added afterwards. */
  seal(): Buffer {
    const frame = this.#bytes.subarray(0, this.#length);
    sealBatch(frame, this.start, this.seed);
    this.#closed = true;
    return frame;
  }

  #reserve(length: number): void {
    if (length <= this.#bytes.length) return;
    let size = this.#bytes.length;
    while (size < length) size *= 2;
    const larger = Buffer.allocUnsafeSlow(size);
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}
