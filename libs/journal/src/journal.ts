// An append-only log whose records count only once they are forced to disk, for coordinators and participants.
//
// The problem: a commit protocol must have each promise on disk before it tells anyone, a forced write costs as much for
// one record as for a thousand, and after a failed one nothing that the kernel says about the file can be believed.
//
// Invariants:
// - One write is in flight. What is appended meanwhile is one write after it (group commit), up to `maxBatchBytes`.
// - A record that nobody waits for waits for company: it is written with the next that somebody waits for, or after
//   `GATHER_MS`. With little to do that saves a coordinator every second forced write, and the disk is what all wait for then.
// - `forcedThrough` never passes a byte that is not on the disk, and never goes back.
// - The first failure is final: nothing is tried again, nothing more is reported as forced, nothing more is accepted.
//   A write in flight at that moment may still reach the disk; it is found at the next opening, as after a crash.
// - Positions are known when a record is appended, only grow, and stay what they are when the journal is cut.
// - Cutting it (successor.ts) holds back writes only for the last piece and the change of names.
//
// Sources: DeWitt et al., "Implementation Techniques for Main Memory Database Systems", SIGMOD 1984 (group commit); Gray and
// Reuter, "Transaction Processing", 1993, section 9.4; Rebello et al., "Can Applications Recover from fsync Failures?",
// USENIX ATC 2020.
import { Batch } from './batch.js';
import type { ForcedFile } from './forced-file.js';
import { HEADER_BYTES, MAX_BATCH_BYTES, MAX_PAYLOAD_BYTES, MAX_TRANSACTION_BYTES, recordBytes } from './frame.js';
import { JournalError } from './journal-error.js';
import { type OpenLog, needsGrowth, openLog } from './opening.js';
import type { Replay } from './scan.js';
import { Successor, type SnapshotRecord } from './successor.js';

export interface JournalOptions {
  /** Path of the journal. Its folder must exist, and no other process may have it open: no lock is taken here. */
  readonly file: string;
  /**
   * Called for each record, in order, before `open` returns; a promise that it returns is awaited. When `open` rejects,
   * what was replayed must be discarded. The payload is a view of a larger buffer: copy it to keep it.
   */
  readonly replay: Replay;
  /** Called once, when the journal fails after it was opened. */
  readonly onFailure?: (error: JournalError) => void;
  /** Bytes by which the file is made longer, ahead of need. Default 16 MiB. */
  readonly preallocateBytes?: number;
  /** What is appended during one write makes one batch up to this size, several beyond it. Default 4 MiB. */
  readonly maxBatchBytes?: number;
}

type Limits = Required<Pick<JournalOptions, 'preallocateBytes' | 'maxBatchBytes'>>;

interface Waiter {
  readonly position: number;
  readonly resolve: () => void;
  readonly reject: (error: JournalError) => void;
}

const DEFAULT_PREALLOCATE_BYTES = 16 * 1024 * 1024;
const DEFAULT_MAX_BATCH_BYTES = 4 * 1024 * 1024;
/** The storage of one batch is kept for the next, unless a burst made it large. */
const MAX_SPARE_BYTES = 1024 * 1024;
/** How long a record is kept for company that nobody waits for, ms. */
const GATHER_MS = 10;
/** So few records, one of them awaited, say that there is little to do: their write is done in this thread. */
const FEW_RECORDS = 2;
/** Writes are held back only while less than this is copied. */
const LAST_PIECE_BYTES = 128 * 1024;

const isFrom1To = (value: number, limit: number): boolean =>
  Number.isSafeInteger(value) && value >= 1 && value <= limit;

export class Journal {
  /** Identity of this log: 128 random bits in hexadecimal, made with the file. A journal that was lost has another. */
  readonly logId: string;
  /**
   * What a crash left half written and `open` cut off. Nothing of it had been reported as forced, unless the disk damaged
   * the very last batch, which looks the same.
   */
  readonly repaired: { readonly cutBytes: number } | undefined;

  #file: ForcedFile;
  /** Position of the first byte that can be written to, less its offset in the file. */
  #shift: number;
  #snapshotEnd: number;
  readonly #seed: number;
  readonly #onFailure: (error: JournalError) => void;
  readonly #preallocateBytes: number;
  readonly #maxBatchBytes: number;
  readonly #listeners: ((through: number) => void)[] = [];

  /** Batches in the order of the file: the first may be in flight, the last takes what is appended. */
  readonly #batches: Batch[] = [];
  #writing = false;
  #isAwaited = false;
  #gathering: NodeJS.Timeout | undefined;
  #spare: Buffer | undefined;
  #growing: Promise<void> | undefined;
  /** To be done before the next write. */
  #interlude: (() => Promise<void>) | undefined;
  #cutting: Promise<void> | undefined;
  #waiters: Waiter[] = [];
  #appendedThrough: number;
  #forcedThrough: number;
  #batchesWritten = 0;
  #failure: JournalError | undefined;
  #closing: Promise<void> | undefined;

  private constructor(log: OpenLog, limits: Limits, onFailure: (error: JournalError) => void) {
    this.logId = log.logId;
    this.repaired = log.cutBytes === undefined ? undefined : { cutBytes: log.cutBytes };
    this.#file = log.file;
    this.#shift = log.shift;
    this.#snapshotEnd = log.snapshotEnd;
    this.#seed = log.seed;
    this.#onFailure = onFailure;
    this.#preallocateBytes = limits.preallocateBytes;
    this.#maxBatchBytes = limits.maxBatchBytes;
    this.#appendedThrough = log.end + log.shift;
    this.#forcedThrough = this.#appendedThrough;
  }

  /**
   * Opens the journal, cutting off a torn tail, or makes it.
   * @throws JournalError: 'journal-corrupt', 'journal-format', 'journal-full', 'journal-unreadable', 'journal-unwritable'
   */
  static async open(options: JournalOptions): Promise<Journal> {
    const limits = {
      preallocateBytes: options.preallocateBytes ?? DEFAULT_PREALLOCATE_BYTES,
      maxBatchBytes: options.maxBatchBytes ?? DEFAULT_MAX_BATCH_BYTES,
    };
    if (!isFrom1To(limits.preallocateBytes, Number.MAX_SAFE_INTEGER)) throw new RangeError('preallocateBytes');
    if (!isFrom1To(limits.maxBatchBytes, MAX_BATCH_BYTES)) throw new RangeError('maxBatchBytes');
    const log = await openLog(options.file, limits.preallocateBytes, options.replay);
    return new Journal(log, limits, options.onFailure ?? (() => undefined));
  }

  /** Position of the last record that was appended. */
  get appendedThrough(): number {
    return this.#appendedThrough;
  }

  /** Every record whose position is at most this is on the disk. */
  get forcedThrough(): number {
    return this.#forcedThrough;
  }

  /** Bytes of the snapshot that the journal begins with. */
  get snapshotBytes(): number {
    return this.#snapshotEnd - HEADER_BYTES;
  }

  /** Bytes that were appended since that snapshot. */
  get tailBytes(): number {
    return this.#appendedThrough - this.#shift - this.#snapshotEnd;
  }

  /** Forced writes since the journal was opened. */
  get batchesWritten(): number {
    return this.#batchesWritten;
  }

  /**
   * Adds a record; never waits. It is forced soon: at once when `hasten` is called or somebody waits for it by `forced`.
   * @param transaction the id of the transaction it belongs to, at most 255 bytes of well-formed UTF-8; empty if none
   * @param payload at most 1 MiB; copied
   * @returns the record's position: it is on the disk once `forcedThrough` has reached it
   * @throws JournalError: 'record-too-large', 'journal-closed', or the failure of this journal
   */
  append(transaction: string, payload: Uint8Array): number {
    if (this.#failure !== undefined) throw this.#failure;
    this.#refuseIfClosed();
    const transactionBytes = Buffer.byteLength(transaction);
    if (transactionBytes > MAX_TRANSACTION_BYTES) throw this.#tooLarge("id's", transactionBytes, MAX_TRANSACTION_BYTES);
    if (payload.length > MAX_PAYLOAD_BYTES) throw this.#tooLarge("payload's", payload.length, MAX_PAYLOAD_BYTES);
    const batch = this.#batchFor(recordBytes(transactionBytes, payload.length));
    batch.add(transaction, transactionBytes, payload);
    this.#appendedThrough = batch.end;
    return batch.end;
  }

  /** Somebody waits for what was appended: it is forced by one write, with all else that this turn of the event loop brings. */
  hasten(): void {
    if (this.#appendedThrough <= this.#forcedThrough) return;
    this.#isAwaited = true;
    this.#startWriting();
  }

  /** Calls `listener` after each forced write with the new `forcedThrough`, before promises of `forced` resolve. */
  onForced(listener: (through: number) => void): void {
    this.#listeners.push(listener);
  }

  /**
   * Resolves once the record at `position`, or everything appended so far, is on the disk.
   * @throws JournalError the failure of this journal, if it came first
   */
  async forced(position = this.#appendedThrough): Promise<void> {
    if (position <= this.#forcedThrough) return;
    if (this.#failure !== undefined) throw this.#failure;
    if (!(position <= this.#appendedThrough)) throw new RangeError(`nothing was appended at position ${position}`);
    this.hasten();
    await new Promise<void>((resolve, reject) => this.#waiters.push({ position, resolve, reject }));
  }

  /**
   * Cuts the journal: puts `snapshot` in the place of everything that was appended before this call. Resolves when the
   * new file is the journal. Appending goes on meanwhile; what was appended after the call may be in the snapshot too.
   * A failure before the last step leaves the journal as it is and leaves it to the caller to stop.
   * @throws JournalError, or what `snapshot` throws; RangeError when it is being cut already
   */
  cut(snapshot: AsyncIterable<SnapshotRecord>): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    this.#refuseIfClosed();
    if (this.#cutting !== undefined) throw new RangeError('the journal is being cut already');
    this.#cutting = this.#replaceFile(snapshot).finally(() => {
      this.#cutting = undefined;
    });
    return this.#cutting;
  }

  /**
   * Forces what was appended, then closes the file; nothing is accepted any more. Closes it also after a failure.
   * @throws JournalError the failure of this journal, if it kept something from being forced
   */
  close(): Promise<void> {
    this.#closing ??= this.#finish();
    return this.#closing;
  }

  async #finish(): Promise<void> {
    try {
      await Promise.allSettled([this.#cutting]);
      await this.forced();
    } finally {
      await Promise.allSettled([this.#growing]);
      await this.#file.close();
    }
  }

  #batchFor(bytes: number): Batch {
    const last = this.#batches.at(-1);
    if (last?.closed === false && last.length + bytes <= this.#maxBatchBytes) return last;
    const batch = new Batch(this.#appendedThrough, this.#seed, this.#spare);
    this.#spare = undefined;
    this.#batches.push(batch);
    if (!this.#writing) this.#gathering ??= setTimeout(() => this.#startWriting(), GATHER_MS);
    return batch;
  }

  #startWriting(): void {
    clearTimeout(this.#gathering);
    this.#gathering = undefined;
    if (this.#writing) return;
    this.#writing = true;
    // All that the event loop has to deliver in this turn may still join the batch.
    setImmediate(() => void this.#writeBatches());
  }

  async #writeBatches(): Promise<void> {
    for (;;) {
      await this.#interlude?.();
      const [batch] = this.#batches;
      if (batch === undefined || this.#failure !== undefined) break;
      if (await this.#write(batch)) this.#reportForced(batch);
    }
    this.#writing = false;
  }

  /** Whether the batch is on the disk and nothing else has failed. */
  async #write(batch: Batch): Promise<boolean> {
    try {
      // Until it is sealed, the batch may still be added to.
      while (batch.end - this.#shift > this.#file.size) await this.#grow();
      const where = this.#isAwaited && batch.records <= FEW_RECORDS ? 'here' : 'aside';
      this.#isAwaited = false;
      await this.#file.write(batch.seal(), batch.start - this.#shift, where);
      if (needsGrowth(this.#file, batch.end - this.#shift, this.#preallocateBytes) && this.#growing === undefined)
        this.#grow().catch((error: unknown) => this.#fail(error));
    } catch (error) {
      this.#fail(error);
    }
    return this.#failure === undefined;
  }

  #grow(): Promise<void> {
    if (this.#growing !== undefined) return this.#growing;
    const growing = this.#file.grow(this.#file.size + this.#preallocateBytes).finally(() => {
      if (this.#growing === growing) this.#growing = undefined;
    });
    this.#growing = growing;
    return growing;
  }

  async #replaceFile(snapshot: AsyncIterable<SnapshotRecord>): Promise<void> {
    // The tail begins between two batches.
    const from = this.#appendedThrough;
    this.#batches.at(-1)?.close();
    const next = await Successor.write({ file: this.#file.file, logId: this.logId, seed: this.#seed, from }, snapshot);
    try {
      while (this.#forcedThrough < from || this.#forcedThrough - next.copiedThrough > LAST_PIECE_BYTES) {
        await this.forced(from);
        await next.copy({ file: this.#file, shift: this.#shift }, this.#forcedThrough);
      }
      await next.file.grow(this.#forcedThrough - next.shift + this.#preallocateBytes);
    } catch (error) {
      await next.file.discard();
      throw error;
    }
    const retired = await this.#betweenWrites(() => this.#changeFile(next));
    if (this.#failure !== undefined) throw this.#failure;
    await Promise.allSettled([retired.growing]);
    await retired.file.close();
  }

  async #changeFile(next: Successor): Promise<{ file: ForcedFile; growing: Promise<void> | undefined }> {
    const retired = { file: this.#file, growing: this.#growing };
    if (this.#failure !== undefined) return retired;
    try {
      await next.copy({ file: this.#file, shift: this.#shift }, this.#forcedThrough);
      await next.takeOver();
      this.#file = next.file;
      this.#shift = next.shift;
      this.#snapshotEnd = next.snapshotEnd;
      this.#growing = undefined;
    } catch (error) {
      // Which of the two files has the name is not known: nothing may be written to either.
      this.#fail(error);
    }
    return retired;
  }

  /** Does `work`, which must not reject, while nothing is being written. */
  #betweenWrites<T>(work: () => Promise<T>): Promise<T> {
    return new Promise((resolve) => {
      this.#interlude = async () => {
        this.#interlude = undefined;
        resolve(await work());
      };
      this.#startWriting();
    });
  }

  #reportForced(batch: Batch): void {
    this.#batches.shift();
    this.#batchesWritten += 1;
    this.#forcedThrough = batch.end;
    if (batch.storage.length <= MAX_SPARE_BYTES) this.#spare = batch.storage;
    for (const listener of this.#listeners) listener(batch.end);
    const waiters = this.#waiters;
    this.#waiters = waiters.filter((waiter) => waiter.position > batch.end);
    for (const waiter of waiters) if (waiter.position <= batch.end) waiter.resolve();
  }

  #fail(error: unknown): void {
    // Anything else is a defect of this program, which must stop it.
    if (!(error instanceof JournalError)) throw error;
    if (this.#failure !== undefined) return;
    this.#failure = error;
    for (const waiter of this.#waiters.splice(0)) waiter.reject(error);
    this.#onFailure(error);
  }

  #refuseIfClosed(): void {
    if (this.#closing === undefined) return;
    throw new JournalError('journal-closed', this.#file.file, 'the journal is closed or being closed');
  }

  #tooLarge(whose: string, bytes: number, limit: number): JournalError {
    const what = `the record was refused: its ${whose} ${bytes} bytes are over the limit of ${limit}`;
    return new JournalError('record-too-large', this.#file.file, what);
  }
}
