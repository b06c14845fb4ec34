// The chained digests of the books as the coordinator knows them: it has decided, or heard, what became of every number, so
// it can tell what a ledger must hold up to the first number that is undecided. That is its record, against which the
// ledgers of participants are compared.
import { nextDigest } from '@parley/catalogue';
import { CHAIN_START, type Place } from '@parley/contracts';

/** How many of the last digests of a book are kept: participants are some lines apart. */
const RECENT = 4096;

interface Chain {
  lines: number;
  /** Texts of lines that are decided above one that is not. */
  readonly waiting: Map<number, string>;
  /** Digests of the last lines, by number. */
  readonly recent: Map<number, string>;
}

export class Chains {
  private readonly byBook = new Map<string, Chain>();

  /** At the start: all up to `lines` was decided. */
  resume(book: string, lines: number, digest: string): void {
    this.byBook.set(book, { lines, waiting: new Map(), recent: new Map([[lines, digest]]) });
  }

  /** A number is decided; `line` is what stands in its line. */
  decided({ book, number }: Place, line: string): void {
    const chain = this.chain(book);
    if (number <= chain.lines) return;
    chain.waiting.set(number, line);
    for (let next = chain.waiting.get(chain.lines + 1); next !== undefined; next = chain.waiting.get(chain.lines + 1)) {
      const digest = nextDigest(chain.recent.get(chain.lines) ?? CHAIN_START, chain.lines + 1, next);
      chain.waiting.delete(chain.lines + 1);
      chain.lines += 1;
      chain.recent.set(chain.lines, digest);
      chain.recent.delete(chain.lines - RECENT);
    }
  }

  /** h(line), if the line is decided, with all before it, and not long ago. */
  at(book: string, line: number): string | undefined {
    return this.byBook.get(book)?.recent.get(line);
  }

  /** Up to where all of each book is decided, and the digest there. */
  get ends(): { book: string; lines: number; digest: string }[] {
    return [...this.byBook].map(([book, { lines, recent }]) => ({
      book,
      lines,
      digest: recent.get(lines) ?? CHAIN_START,
    }));
  }

  private chain(book: string): Chain {
    const known = this.byBook.get(book) ?? { lines: 0, waiting: new Map(), recent: new Map([[0, CHAIN_START]]) };
    this.byBook.set(book, known);
    return known;
  }
}
