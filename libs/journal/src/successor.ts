// Cutting a journal: the file that takes the place of another holds a snapshot of what the cut records led to, and then
// everything that was appended since.
//
// The problem: a log that is only appended to fills the disk, and takes ever longer to replay. What replaces it must be
// there as a whole before anything of the old one is gone, and appending must go on while a large snapshot is written.
//
// Invariants:
// - The successor has the same log id, so the node stays who it is, and positions go on growing.
// - The snapshot stands for the log up to `from`. What follows is copied as it is, with the positions it has.
// - It gets its name only when all of it is on the disk: after a crash one finds the old file or the new one, and either
//   holds every record that was ever forced and is still needed. What is left under the unfinished name is overwritten.
// - Nothing is written to the old file between the copying of its last bytes and the change of names (journal.ts).
//
// Source: Mohan et al., "ARIES", TODS 17(1), 1992, section 5.4 (fuzzy checkpoints: the log goes on while one is taken).
import { Batch } from './batch.js';
import { ForcedFile } from './forced-file.js';
import { HEADER_BYTES, type Layout, encodeHeader } from './frame.js';

/** What a snapshot consists of; see `Journal.append`. */
export interface SnapshotRecord {
  readonly transaction: string;
  readonly payload: Uint8Array;
}

/** A batch of the snapshot is written when it has this many bytes. */
const BATCH_BYTES = 256 * 1024;
const COPY_BYTES = 1024 * 1024;

export class Successor {
  /** What is added to an offset in its tail to get the position. */
  readonly shift: number;
  #copiedThrough: number;

  private constructor(
    readonly file: ForcedFile,
    readonly logId: string,
    readonly snapshotEnd: number,
    from: number,
  ) {
    this.shift = from - snapshotEnd;
    this.#copiedThrough = from;
  }

  /** Writes the snapshot of the log up to the position `from`. @throws JournalError, or what `records` throws */
  static async write(
    log: { readonly file: string; readonly logId: string; readonly seed: number; readonly from: number },
    records: AsyncIterable<SnapshotRecord>,
  ): Promise<Successor> {
    const file = await ForcedFile.build(log.file);
    try {
      let batch = new Batch(HEADER_BYTES, log.seed);
      let isEmpty = true;
      for await (const { transaction, payload } of records) {
        batch.add(transaction, Buffer.byteLength(transaction), payload);
        isEmpty = false;
        if (batch.length < BATCH_BYTES) continue;
        await file.write(batch.seal(), batch.start);
        batch = new Batch(batch.end, log.seed, batch.storage);
        isEmpty = true;
      }
      if (!isEmpty) await file.write(batch.seal(), batch.start);
      return new Successor(file, log.logId, isEmpty ? batch.start : batch.end, log.from);
    } catch (error) {
      await file.discard();
      throw error;
    }
  }

  /** Every record up to this position is in the snapshot or copied. */
  get copiedThrough(): number {
    return this.#copiedThrough;
  }

  /** Copies what the old file has up to the position `through`. @throws JournalError */
  async copy(old: { readonly file: ForcedFile; readonly shift: number }, through: number): Promise<void> {
    while (this.#copiedThrough < through) {
      const bytes = Math.min(COPY_BYTES, through - this.#copiedThrough);
      const piece = await old.file.read(this.#copiedThrough - old.shift, bytes);
      await this.file.write(piece, this.#copiedThrough - this.shift);
      this.#copiedThrough += bytes;
    }
  }

  /** Makes it the journal. @throws JournalError */
  async takeOver(): Promise<void> {
    const { logId, snapshotEnd, shift } = this;
    const layout: Layout = { snapshotEnd, shift, forcedEnd: this.#copiedThrough - shift };
    await this.file.write(encodeHeader({ logId, ...layout }), 0);
    await this.file.putInPlace();
  }
}
