// The chained digests of the books as the coordinator knows them: it has decided, or heard, what became of every number, so
// it can tell what a ledger must hold up to the first number that is undecided. That is its record, against which the
// ledgers of participants are compared, and from which lines that one node tells are confirmed (fetched-lines.ts).
//
// Kept are the digests of the last lines, and of older ones so many that between two of them stands less than one answer to
// a fetch can hold: whoever is told as much as fits into a message finds one of them in it.
import type { LedgerMark, NumberRange, Place } from '@parley/contracts';

/** h(number) in hexadecimal, from h(number-1) and the text of the line. Pure: whoever runs a core brings the hash. */
export type NextDigest = (previous: string, number: number, line: string) => string;

/** h(0): CHAIN_START of the contracts, of which a pure library takes the types alone. */
export const BEFORE_FIRST = '0'.repeat(64);

/** How many of the last digests of a book are kept: participants are some lines apart. */
const RECENT = 4096;
/**
 * A digest is kept for good when the lines since the last one weigh so much: half of what fits into an answer. A line weighs
 * what it takes there at most, see ANSWER_BYTES in libs/catalogue.
 */
const LASTING_EVERY = 256 * 1024;
const weightOf = (line: string): number => 1024 + 3 * line.length;

/** How many lines from the beginning of a range are marked one by one: so many can stand between two that are kept for good. */
const NEAR = LASTING_EVERY / 1024;
/** Most digests in one answer, some 100 bytes each. */
const MARKS_AT_MOST = 2048;

interface Chain {
  lines: number;
  /** Texts of lines that are decided above one that is not. */
  readonly waiting: Map<number, string>;
  /** Digests of the last lines, by number. */
  readonly recent: Map<number, string>;
  /** Digests that are kept for good, by number, ascending. */
  readonly lasting: Map<number, string>;
  /** Of the lines since the last digest that is kept for good. */
  weight: number;
}

export class Chains {
  private readonly byBook = new Map<string, Chain>();

  constructor(private readonly nextDigest: NextDigest) {}

  /** At the start: all up to `lines` was decided. Of one book in ascending order. */
  resume(book: string, lines: number, digest: string): void {
    const lasting = new Map(this.byBook.get(book)?.lasting).set(lines, digest);
    this.byBook.set(book, { lines, waiting: new Map(), recent: new Map([[lines, digest]]), lasting, weight: 0 });
  }

  /** A number is decided; `line` is what stands in its line. */
  decided({ book, number }: Place, line: string): void {
    const chain = this.chain(book);
    if (number <= chain.lines) return;
    chain.waiting.set(number, line);
    for (let next = chain.waiting.get(chain.lines + 1); next !== undefined; next = chain.waiting.get(chain.lines + 1))
      this.append(chain, next);
  }

  /** h(line), if the line is decided, with all before it, and not long ago, or if its digest is kept for good. */
  at(book: string, line: number): string | undefined {
    const chain = this.byBook.get(book);
    return chain?.recent.get(line) ?? chain?.lasting.get(line);
  }

  /** Digests among the ranges, so that whoever is told lines of them finds one in what it is told. */
  marks(ranges: readonly NumberRange[]): LedgerMark[] {
    const found: LedgerMark[] = [];
    for (const { book, first, last } of ranges)
      for (const lines of this.numbersToMark(book, first, last)) {
        const digest = this.at(book, lines);
        if (digest !== undefined) found.push({ book, lines, digest });
        if (found.length === MARKS_AT_MOST) return found;
      }
    return found;
  }

  /** What a journal that is cut must still say: what is kept for good, and up to where all is decided, each book ascending. */
  get kept(): LedgerMark[] {
    return [...this.byBook].flatMap(([book, { lines, lasting }]) =>
      [...lasting.keys()].concat(lasting.has(lines) ? [] : lines).map((number) => ({
        book,
        lines: number,
        digest: this.at(book, number) ?? BEFORE_FIRST,
      })),
    );
  }

  private append(chain: Chain, line: string): void {
    const number = chain.lines + 1;
    const digest = this.nextDigest(chain.recent.get(chain.lines) ?? BEFORE_FIRST, number, line);
    chain.waiting.delete(number);
    chain.lines = number;
    chain.recent.set(number, digest);
    chain.recent.delete(number - RECENT);
    chain.weight += weightOf(line);
    if (chain.weight < LASTING_EVERY) return;
    chain.weight = 0;
    chain.lasting.set(number, digest);
  }

  private *numbersToMark(book: string, first: number, last: number): Generator<number> {
    const { lines = 0, lasting = new Map<number, string>() } = this.byBook.get(book) ?? {};
    const end = Math.min(last, lines);
    const near = Math.min(end, first + NEAR - 1);
    for (let number = first; number <= near; number += 1) yield number;
    if (near === end) return;
    yield end;
    for (const number of lasting.keys()) if (number > near && number < end) yield number;
  }

  private chain(book: string): Chain {
    const known = this.byBook.get(book) ?? {
      lines: 0,
      waiting: new Map(),
      recent: new Map([[0, BEFORE_FIRST]]),
      lasting: new Map(),
      weight: 0,
    };
    this.byBook.set(book, known);
    return known;
  }
}
