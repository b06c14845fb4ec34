// The last messages of a stream, in order, within so many bytes. Whoever reads keeps his own place and is never waited
// for: what he was too slow for is gone, which he sees. Pure.

export interface RingEntry {
  /** Place in the stream: grows, and may skip what the stream has lost. */
  readonly sequence: number;
  readonly payload: Uint8Array;
}

interface Placed<Entry> {
  readonly entry: Entry;
  /** Bytes of all entries ever pushed, up to this one. */
  readonly end: number;
}

export class Ring<Entry extends RingEntry> {
  private entries: Placed<Entry>[] = [];
  /** How many at the start of `entries` are gone; they are cut off now and then. */
  private gone = 0;
  private pushed = 0;
  private held = 0;

  constructor(private readonly maxBytes: number) {}

  /** The greatest sequence that was pushed; 0 when none was. */
  get last(): number {
    return this.entries.at(-1)?.entry.sequence ?? 0;
  }

  /** The least sequence that is still here; one after the last when nothing is. */
  get first(): number {
    return this.entries[this.gone]?.entry.sequence ?? this.last + 1;
  }

  push(entry: Entry): void {
    this.pushed += entry.payload.length;
    this.held += entry.payload.length;
    this.entries.push({ entry, end: this.pushed });
    while (this.held > this.maxBytes && this.gone < this.entries.length - 1) {
      this.held -= this.entries[this.gone]?.entry.payload.length ?? 0;
      this.gone += 1;
    }
    if (this.gone > 1_000 && this.gone * 2 > this.entries.length) {
      this.entries = this.entries.slice(this.gone);
      this.gone = 0;
    }
  }

  clear(): void {
    this.entries = [];
    this.gone = 0;
    this.held = 0;
  }

  /** The first entry here whose sequence is at least this one. */
  from(sequence: number): Entry | undefined {
    return this.entries[this.indexFrom(sequence)]?.entry;
  }

  /** How many bytes the entries from this sequence on have. */
  bytesFrom(sequence: number): number {
    const at = this.entries[this.indexFrom(sequence)];
    return at ? this.pushed - at.end + at.entry.payload.length : 0;
  }

  private indexFrom(sequence: number): number {
    let low = this.gone;
    let high = this.entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.entries[middle]?.entry.sequence ?? Infinity) < sequence) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
