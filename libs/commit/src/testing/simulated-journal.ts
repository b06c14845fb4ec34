// A journal as a crash sees it: what was forced is there afterwards, what was only appended is not.
export class SimulatedJournal<Kept> {
  private readonly records: Kept[] = [];
  private forcedLength = 0;

  /** Returns the position up to which the journal must be forced for this record to be durable. */
  append(record: Kept): number {
    return this.records.push(record);
  }

  /** Makes everything durable that was appended; returns what has become so. */
  force(): readonly Kept[] {
    const become = this.records.slice(this.forcedLength);
    this.forcedLength = this.records.length;
    return become;
  }

  loseUnforced(): void {
    this.records.length = this.forcedLength;
  }

  get length(): number {
    return this.records.length;
  }

  get unforced(): number {
    return this.records.length - this.forcedLength;
  }

  get forced(): readonly Kept[] {
    return this.records.slice(0, this.forcedLength);
  }

  get appended(): readonly Kept[] {
    return this.records;
  }
}
