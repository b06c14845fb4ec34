// Cuts a node's journal when enough was appended to it since the last time, while the node goes on. The journal is then
// no longer than what is open needs, plus this much; a large snapshot is not written anew for a little that was appended.
//
// A snapshot that fails stops the node: it could go on until the disk is full, and would then stop at a worse moment.
import { setImmediate } from 'node:timers/promises';
import type { CommitRecord } from '@parley/commit';
import type { Journal } from '@parley/journal';
import type { Failpoints } from './failpoints.js';

export interface SnapshotsOptions {
  readonly journal: Pick<Journal, 'onForced' | 'forced' | 'appendedThrough' | 'tailBytes' | 'snapshotBytes'>;
  /** Bytes that are appended before the journal is cut. */
  readonly everyBytes: number;
  /**
   * The records of the snapshot, of the node's state at this call. They are asked for when everything that was appended
   * until then is forced; what is asked for may wait for more, until the signal.
   */
  readonly records: () => (signal: AbortSignal) => Promise<Iterable<CommitRecord>>;
  readonly cut: (records: AsyncIterable<CommitRecord>) => Promise<void>;
  readonly failpoints: Failpoints | undefined;
  readonly log: { info(fields: object, message: string): void };
  /** The node cannot go on. */
  readonly fail: (error: Error) => void;
}

/** How many records are encoded in one turn of the event loop. */
const TURN_RECORDS = 128;

export class Snapshots {
  private readonly stopping = new AbortController();
  private isTaking = false;

  constructor(private readonly options: SnapshotsOptions) {
    options.journal.onForced(() => this.consider());
  }

  /** No snapshot is begun any more, and one that is being taken is given up. */
  stop(): void {
    this.stopping.abort();
  }

  private consider(): void {
    const { journal, everyBytes, fail } = this.options;
    if (this.isTaking || this.stopping.signal.aborted) return;
    if (journal.tailBytes < Math.max(everyBytes, journal.snapshotBytes)) return;
    this.isTaking = true;
    this.take().then(
      () => {
        this.isTaking = false;
        // So much may have been appended meanwhile that the next one is due, also when nothing more is appended now.
        this.consider();
      },
      (error: unknown) => {
        if (!this.stopping.signal.aborted) fail(error instanceof Error ? error : new Error(String(error)));
      },
    );
  }

  private async take(): Promise<void> {
    const { journal, failpoints, cut, log } = this.options;
    failpoints?.pass('before:snapshot');
    const startedAt = performance.now();
    const { appendedThrough, tailBytes: cutBytes } = journal;
    await cut(this.records(this.options.records(), appendedThrough));
    failpoints?.pass('after:snapshot');
    const { snapshotBytes } = journal;
    log.info({ cutBytes, snapshotBytes, ms: Math.round(performance.now() - startedAt) }, 'the journal was cut');
  }

  private async *records(
    ask: (signal: AbortSignal) => Promise<Iterable<CommitRecord>>,
    appendedThrough: number,
  ): AsyncGenerator<CommitRecord> {
    const { signal } = this.stopping;
    await this.options.journal.forced(appendedThrough);
    let count = 0;
    for (const record of await ask(signal)) {
      count += 1;
      if (count % TURN_RECORDS === 0) await setImmediate();
      signal.throwIfAborted();
      yield record;
    }
    this.options.failpoints?.pass('before:cut');
  }
}
