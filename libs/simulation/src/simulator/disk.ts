// The disk under one node's journal, as libs/journal uses a real one: one write is in flight, what is appended meanwhile
// is the next one (group commit), and what was written counts once it is reported as forced.
//
// What a crash leaves: all that was forced. Of a write in flight either nothing, or all of it although nobody was told, or
// a torn part, which the next opening cuts off. Nothing of what was still waiting. A write to a full disk fails for good,
// as the journal does after a failed one.
import type { Random } from './random.js';

/** What happened to disks, for the counts of a run. */
export interface DiskEvents {
  /** A write that nobody was told of is there after the crash. */
  readonly survived: () => void;
  readonly torn: () => void;
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

export class Disk<Kept> {
  /** Times slower than usual. */
  slowness = 1;
  isFull = false;
  private readonly records: Kept[] = [];
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
    return this.records.length;
  }

  /** Returns the position up to which the journal must be forced for this record to be durable. */
  append(record: Kept): number {
    const position = this.records.push(record);
    if (!this.isScheduled) {
      this.isScheduled = true;
      this.inThisLife(0, () => this.write());
    }
    return position;
  }

  /** The process is gone. */
  crash(): void {
    this.life += 1;
    const { random, events } = this.options;
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
    for (const record of this.records.splice(kept)) this.options.lost(record);
  }

  private write(): void {
    this.writingUpTo = this.records.length;
    const { random, lies } = this.options;
    const writeMs = random.between(WRITE_MS.least, WRITE_MS.most) * this.slowness;
    this.inThisLife(writeMs, () => this.written());
    let through = this.reportedLength;
    for (let record = this.records[through]; record !== undefined && lies(record); record = this.records[through])
      through += 1;
    if (through > this.reportedLength) this.tell(through);
  }

  private written(): void {
    if (this.isFull) return this.fail();
    const through = this.writingUpTo ?? this.forcedLength;
    this.writingUpTo = null;
    this.makeDurable(through);
    this.isScheduled = this.records.length > through;
    if (this.isScheduled) this.inThisLife(0, () => this.write());
    if (through > this.reportedLength) this.tell(through);
  }

  private tell(through: number): void {
    this.reportedLength = through;
    this.report(through);
  }

  private makeDurable(through: number): void {
    for (const record of this.records.slice(this.forcedLength, through)) this.options.durable(record);
    this.forcedLength = through;
  }

  private inThisLife(delayMs: number, action: () => void): void {
    const { life } = this;
    this.options.after(delayMs, () => {
      if (life === this.life) action();
    });
  }
}
