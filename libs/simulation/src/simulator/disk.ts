// The disk under one node's journal, as libs/journal uses a real one: one write is in flight, what is appended meanwhile
// is the next one (group commit), and what was written counts once it is reported as forced.
//
// What a crash leaves: all that was forced. Of a write in flight either nothing, or all of it although nobody was told, or
// a torn part, which the next opening cuts off. Nothing of what was still waiting. A write to a full disk fails for good,
// as the journal does after a failed one.
//
// Cutting it writes a snapshot aside and then gives it the journal's name, between two writes. Whoever crashes meanwhile finds
// the old journal or the new one, and nothing in between. Positions stay what they are.
import type { Random } from './random.js';

/** What happened to disks, for the counts of a run. */
export interface DiskEvents {
  /** A write that nobody was told of is there after the crash. */
  readonly survived: () => void;
  readonly torn: () => void;
}

interface Cut<Kept> {
  readonly snapshot: readonly Kept[];
  readonly through: number;
  readonly done: () => void;
}

export interface DiskOptions<Kept> {
  readonly random: Random;
  readonly after: (delayMs: number, action: () => void) => void;
  readonly events: DiskEvents;
  /** Called with each record that has become durable, whether or not it will be reported. */
  readonly durable: (record: Kept) => void;
  /** Called with each record that a crash has taken; none was reported as forced, unless the disk lies. */
  readonly lost: (record: Kept) => void;
  /** A disk that lies: such records are reported as forced as soon as nothing else is before them. */
  readonly lies: (record: Kept) => boolean;
}

/** How long a forced write takes, ms, at its usual speed. */
const WRITE_MS = { least: 0.2, most: 4 };

/** How long the change of names takes, ms. */
const RENAME_MS = { least: 1, most: 20 };

export class Disk<Kept> {
  /** Times slower than usual. */
  slowness = 1;
  isFull = false;
  private readonly records: Kept[] = [];
  /** Position of the first record, less one. */
  private shift = 0;
  /** What waits for the journal's name, and whether that is being changed. */
  private cutting: Cut<Kept> | null = null;
  private isRenaming = false;
  private forcedLength = 0;
  /** Up to which record the node was told that all is on the disk. */
  reportedLength = 0;
  /** The end of the write in flight; null when there is none. */
  private writingUpTo: number | null = null;
  private isScheduled = false;
  /** Grows with each crash: what an earlier life began is over. */
  private life = 0;
  private report: (through: number) => void = () => undefined;
  private fail: () => void = () => undefined;

  constructor(private readonly options: DiskOptions<Kept>) {}

  /** What the journal holds when it is opened: every record that a crash has left. */
  open(report: (through: number) => void, fail: () => void): readonly Kept[] {
    this.report = report;
    this.fail = fail;
    return this.records;
  }

  get appendedLength(): number {
    return this.shift + this.records.length;
  }

  /** Returns the position up to which the journal must be forced for this record to be durable. */
  append(record: Kept): number {
    const position = this.records.push(record) + this.shift;
    if (!this.isScheduled) {
      this.isScheduled = true;
      this.inThisLife(0, () => this.write());
    }
    return position;
  }

  /** Puts these records in the place of all up to `through`, which is forced. */
  cut(snapshot: readonly Kept[], through: number, done: () => void): void {
    this.cutting = { snapshot, through, done };
    if (!this.isScheduled) this.rename();
  }

  /** The process is gone. */
  crash(): void {
    this.life += 1;
    const { random, events } = this.options;
    this.endCut();
    let kept = this.forcedLength;
    if (this.writingUpTo !== null) {
      const fate = random.below(4);
      if (fate === 0) {
        kept = this.writingUpTo;
        events.survived();
      } else if (fate === 1) events.torn();
    }
    this.makeDurable(kept);
    this.reportedLength = kept;
    this.writingUpTo = null;
    this.isScheduled = false;
    for (const record of this.records.splice(kept - this.shift)) this.options.lost(record);
  }

  private write(): void {
    this.writingUpTo = this.appendedLength;
    const { random, lies } = this.options;
    const writeMs = random.between(WRITE_MS.least, WRITE_MS.most) * this.slowness;
    this.inThisLife(writeMs, () => this.written());
    let through = this.reportedLength;
    const next = (): Kept | undefined => this.records[through - this.shift];
    for (let record = next(); record !== undefined && lies(record); record = next()) through += 1;
    if (through > this.reportedLength) this.tell(through);
  }

  private written(): void {
    if (this.isFull) return this.fail();
    const through = this.writingUpTo ?? this.forcedLength;
    this.writingUpTo = null;
    this.makeDurable(through);
    this.isScheduled = false;
    if (this.cutting) this.rename();
    else this.goOn();
    if (through > this.reportedLength) this.tell(through);
  }

  private goOn(): void {
    this.isScheduled = this.appendedLength > this.forcedLength;
    if (this.isScheduled) this.inThisLife(0, () => this.write());
  }

  /** No write is in flight, and none begins until the snapshot has the journal's name. */
  private rename(): void {
    const { random } = this.options;
    this.isScheduled = true;
    this.isRenaming = true;
    this.inThisLife(random.between(RENAME_MS.least, RENAME_MS.most) * this.slowness, () => {
      const done = this.cutting?.done;
      this.replace();
      this.goOn();
      done?.();
    });
  }

  private replace(): void {
    if (this.cutting === null) return;
    const { snapshot, through } = this.cutting;
    this.records.splice(0, through - this.shift, ...snapshot);
    this.shift = through - snapshot.length;
    this.cutting = null;
    this.isRenaming = false;
  }

  /** A crash: of a change of names that was under way nobody knows whether it has taken place. */
  private endCut(): void {
    if (this.cutting === null) return;
    if (this.isRenaming && this.options.random.chance(0.5)) this.replace();
    this.cutting = null;
    this.isRenaming = false;
  }

  private tell(through: number): void {
    this.reportedLength = through;
    this.report(through);
  }

  private makeDurable(through: number): void {
    for (const record of this.records.slice(this.forcedLength - this.shift, through - this.shift))
      this.options.durable(record);
    this.forcedLength = through;
  }

  private inThisLife(delayMs: number, action: () => void): void {
    const { life } = this;
    this.options.after(delayMs, () => {
      if (life === this.life) action();
    });
  }
}
