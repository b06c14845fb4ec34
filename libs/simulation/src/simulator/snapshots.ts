// Cuts the journal of a node when so many records were appended to it since the last time, as libs/shell does with a real one:
// the node goes on meanwhile, and what it appends stands behind the snapshot. It can crash at each point of that.
import type { CommitRecord } from '@parley/commit';
import type { Disk } from './disk.js';
import type { SimulatedProcess } from './process.js';
import type { Surroundings } from './surroundings.js';

/** How long the parts of it take, ms: they are apart from each other, so that crashes come between them. */
const PART_MS = { least: 0.5, most: 40 };

export interface SnapshotsOptions {
  readonly disk: () => Disk<CommitRecord>;
  /** Calls back once all that was appended so far is forced. */
  readonly whenForced: (action: () => void) => void;
  /** Of the node's state at this call; what is returned is called when all that was appended until now is forced. */
  readonly records: () => () => readonly CommitRecord[];
  /** What has to be on the disk before the journal is cut. */
  readonly force: () => void;
}

export class Snapshots {
  private isTaking = false;
  private cutThrough = 0;

  constructor(
    private readonly process: SimulatedProcess,
    private readonly world: Surroundings,
    private readonly options: SnapshotsOptions,
  ) {}

  /** At a start. */
  reset(): void {
    this.cutThrough = this.options.disk().appendedLength;
  }

  died(): void {
    if (this.isTaking) this.world.counts.cutsBroken += 1;
    this.isTaking = false;
  }

  /** Something was forced. */
  consider(): void {
    const through = this.options.disk().appendedLength;
    const { snapshotEvery } = this.world;
    // It may have died of what it did when that was forced.
    if (!this.process.isUp || this.isTaking) return;
    if (snapshotEvery === null || through - this.cutThrough < snapshotEvery) return;
    this.isTaking = true;
    this.cutThrough = through;
    const records = this.options.records();
    this.options.whenForced(() =>
      this.soon(() => {
        const snapshot = records();
        this.options.force();
        this.soon(() => this.cut(snapshot, through));
      }),
    );
  }

  private cut(snapshot: readonly CommitRecord[], through: number): void {
    const { counts, variant } = this.world;
    const kept = variant.snapshotWithout ? snapshot.filter((record) => !variant.snapshotWithout?.(record)) : snapshot;
    this.options.disk().cut(kept, through, () => {
      this.isTaking = false;
      counts.journalsCut += 1;
      this.world.note(this.process.name, () => `has cut its journal: a snapshot of ${String(kept.length)} records`);
    });
  }

  private soon(action: () => void): void {
    this.process.after(this.world.random.between(PART_MS.least, PART_MS.most), action);
  }
}
