// The files of a participant's ledgers: the lines, and what is kept beside them. What was written and not forced is there after
// a crash in part; the journal mends it, until it is cut: then it has to be forced.
import type { DecidedTransaction, Place } from '@parley/contracts';
import { Violation } from './history.js';
import type { Random } from './random.js';

interface LedgerFile {
  readonly lines: string[];
  readonly evidence: DecidedTransaction[];
  forced: number;
}

export class LedgerFiles {
  private readonly byBook = new Map<string, LedgerFile>();

  constructor(private readonly node: string) {}

  linesOf(book: string): readonly string[] {
    return this.byBook.get(book)?.lines ?? [];
  }

  read({ book, number }: Place): DecidedTransaction | undefined {
    return this.byBook.get(book)?.evidence[number - 1];
  }

  /** Appends a line; returns its number. */
  append(book: string, line: string, evidence: DecidedTransaction): number {
    const file = this.byBook.get(book) ?? { lines: [], evidence: [], forced: 0 };
    this.byBook.set(book, file);
    file.evidence.push(evidence);
    return file.lines.push(line);
  }

  /** How many lines each ledger has. */
  get lengths(): ReadonlyMap<string, number> {
    return new Map([...this.byBook].map(([book, { lines }]) => [book, lines.length]));
  }

  /** These lines are on the disk, and stay there. */
  force(lengths: ReadonlyMap<string, number>): void {
    for (const [book, length] of lengths) {
      const file = this.byBook.get(book);
      if (file) file.forced = Math.max(file.forced, length);
    }
  }

  /** The machine is gone, and with it some of what was not forced. */
  crash(random: Random): void {
    for (const file of this.byBook.values()) cut(file, file.forced + random.below(file.lines.length - file.forced + 1));
  }

  /** At a start: what stands in a ledger up to so many lines is taken from it, and what comes next from the journal. */
  resume(marks: ReadonlyMap<string, number>): void {
    for (const [book, length] of marks)
      if (this.linesOf(book).length < length)
        throw new Violation(
          'lines in order',
          `the journal of ${this.node} was cut at line ${String(length)} of ${book}, of which its disk has ${String(this.linesOf(book).length)}`,
        );
    for (const [book, file] of this.byBook) cut(file, marks.get(book) ?? 0);
  }
}

function cut(file: LedgerFile, length: number): void {
  file.lines.length = length;
  file.evidence.length = length;
}
