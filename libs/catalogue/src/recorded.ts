// A node's journal with the catalogue of what stands in it.
import { join } from 'node:path';
import type { CommitRecord } from '@parley/commit';
import { holdFolder, type FolderLock } from '@parley/folder-lock';
import { Journal, type JournalError } from '@parley/journal';
import { Catalogue, type Archive } from './catalogue.js';
import { FolderTaken, makeFolder } from './node-folder.js';
import { decodeRecord, encodeRecord } from './record-format.js';

/** Records are replayed in portions: a portion's cost does not depend on the journal's length. */
const PORTION = 1000;
const AHEAD_AT_MOST_BYTES = 16 * 1024 * 1024;

export interface RecordedOptions<Record extends CommitRecord> {
  /** The node's folder; made when absent. */
  readonly folder: string;
  readonly archive: Archive;
  /** About how many bytes are appended to the journal before it is cut: so much and no more is written ahead. */
  readonly snapshotBytes: number;
  /** Called with the records of the journal, in order, portion by portion; what it returns is awaited. */
  readonly replay: (records: readonly Record[], catalogue: Catalogue) => Promise<void> | void;
  /** A write has failed: nothing more can be recorded. */
  readonly onFailure: (error: JournalError) => void;
}

export class Recorded {
  private constructor(
    readonly journal: Journal,
    readonly catalogue: Catalogue,
    private readonly lock: Extract<FolderLock, { kind: 'held' }>,
  ) {}

  /** Opens or makes the journal and replays it. Rejects with a JournalError when the journal cannot be trusted. */
  static async open<Record extends CommitRecord>(options: RecordedOptions<Record>): Promise<Recorded> {
    await makeFolder(options.folder);
    const lock = await holdFolder(options.folder);
    if (lock.kind === 'taken') throw new FolderTaken(options.folder, lock.pid);
    let portion: Record[] = [];
    const replayPortion = (): Promise<void> | void => {
      const records = portion;
      portion = [];
      return options.replay(records, catalogue);
    };
    const catalogue = new Catalogue(options.archive);
    const journal = await Journal.open({
      file: join(options.folder, 'journal.log'),
      replay: ({ payload }) => {
        const record = decodeRecord(payload) as Record;
        catalogue.note(record);
        portion.push(record);
        return portion.length === PORTION ? replayPortion() : undefined;
      },
      onFailure: options.onFailure,
      preallocateBytes: Math.min(options.snapshotBytes, AHEAD_AT_MOST_BYTES),
    });
    await replayPortion();
    return new Recorded(journal, catalogue, lock);
  }

  /**
   * What `look` finds in the catalogue, once all of it is forced: an answer that rests on a record that a crash can still
   * take back must not leave the node.
   */
  async tell<T>(look: (catalogue: Catalogue) => Promise<T>): Promise<T> {
    const found = await look(this.catalogue);
    await this.journal.forced();
    return found;
  }

  /** Appends a record and takes note of it. Returns the position up to which the journal must be forced for it. */
  append(record: CommitRecord): number {
    const { transaction, payload } = encodeRecord(record);
    const position = this.journal.append(transaction, payload);
    this.catalogue.note(record);
    return position;
  }

  /** Puts these records in the place of all that was appended before this call; see `Journal.cut`. */
  cut(records: AsyncIterable<CommitRecord>): Promise<void> {
    return this.journal.cut(encoded(records));
  }

  /** Forces what was appended, and lets go of the folder. */
  async close(): Promise<void> {
    try {
      await this.journal.close();
    } finally {
      await this.lock.release();
    }
  }
}

async function* encoded(records: AsyncIterable<CommitRecord>): AsyncGenerator<ReturnType<typeof encodeRecord>> {
  for await (const record of records) yield encodeRecord(record);
}
