// Where the lines of a ledger end: one number a line, in an array that doubles when it is full.

export class LineEnds {
  private ends = new Float64Array(1024);
  private lines = 0;

  get count(): number {
    return this.lines;
  }

  /** Bytes of all lines. */
  get total(): number {
    return this.endOf(this.lines);
  }

  /** Adds a line of so many bytes, its line break included. */
  push(bytes: number): void {
    if (this.lines === this.ends.length) {
      const larger = new Float64Array(2 * this.ends.length);
      larger.set(this.ends);
      this.ends = larger;
    }
    this.ends[this.lines] = this.total + bytes;
    this.lines += 1;
  }

  /** Offset behind line `number`; 0 for line 0. Throws a RangeError when there is no such line. */
  endOf(number: number): number {
    if (number === 0) return 0;
    const end = number <= this.lines ? this.ends[number - 1] : undefined;
    if (end === undefined) throw new RangeError(`there is no line ${String(number)}`);
    return end;
  }

  /** The greatest end of a line up to `limit`; when the line at `offset` is longer than that, its own end. */
  endWithin(offset: number, limit: number): number {
    let low = 0;
    let high = this.lines;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.endOf(middle) <= limit) low = middle;
      else high = middle - 1;
    }
    const end = this.endOf(low);
    return end > offset ? end : this.endOf(low + 1);
  }
}
