// The transactions whose lines are written, read back from beside the ledgers.
import type { Archive } from '@parley/catalogue';
import {
  newestFirst,
  type DecidedTransaction,
  type KnownTransaction,
  type PagePosition,
  type PageRequest,
  type Place,
} from '@parley/contracts';
import type { Ledger } from './ledger.js';
import type { Ledgers } from './ledgers.js';

type Request = Omit<PageRequest, 'limit'>;

/** How many entries of an index are read at a time. */
const BLOCK_LINES = 256;

export class LedgerArchive implements Archive {
  /** `damaged` is told of each line whose evidence cannot be read. */
  constructor(
    private readonly ledgers: Ledgers,
    private readonly damaged: (place: Place) => void,
  ) {}

  async read({ book, number }: Place): Promise<DecidedTransaction | null> {
    const ledger = this.ledgers.get(book);
    if (ledger === undefined || number > ledger.length) return null;
    const transaction = await ledger.transaction(number);
    if (transaction === undefined) this.damaged({ book, number });
    return transaction ?? null;
  }

  async *newest(request: Request): AsyncGenerator<KnownTransaction> {
    const books = [...this.ledgers.books].filter(([book]) => request.book === undefined || request.book === book);
    const heads: { position: PagePosition; rest: AsyncGenerator<PagePosition> }[] = [];
    const advance = async (rest: AsyncGenerator<PagePosition>): Promise<void> => {
      const { value, done } = (await rest.next()) as IteratorResult<PagePosition, undefined>;
      if (done) return;
      const at = heads.findIndex(({ position }) => newestFirst(value, position) < 0);
      heads.splice(at === -1 ? heads.length : at, 0, { position: value, rest });
    };
    for (const [book, ledger] of books) await advance(positions(book, ledger, request));
    for (let head = heads.shift(); head !== undefined; head = heads.shift()) {
      const found = await this.read(head.position);
      if (found?.begin) yield { begin: found.begin, list: found.list, decision: found.decision };
      await advance(head.rest);
    }
  }
}

/** Where the transactions of one book stand in a page, newest first: within a book later ones never began earlier. */
async function* positions(book: string, ledger: Ledger, { state, before }: Request): AsyncGenerator<PagePosition> {
  for (let last = before ? await lastAfter(book, ledger, before) : ledger.length; last > 0; last -= BLOCK_LINES) {
    const first = Math.max(1, last - BLOCK_LINES + 1);
    const entries = await ledger.entries(first, last);
    for (const [index, { createdAt, isCommitted, isKnown }] of [...entries.entries()].reverse()) {
      const outcome = isCommitted ? 'committed' : 'aborted';
      if (isKnown && (state ?? outcome) === outcome) yield { createdAt, book, number: first + index };
    }
  }
}

/** The greatest line that comes after `before` in the order newest first; 0 when none does. */
async function lastAfter(book: string, ledger: Ledger, before: PagePosition): Promise<number> {
  let low = 0;
  let high = ledger.length;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    const [entry] = await ledger.entries(middle, middle);
    if (entry && newestFirst(before, { createdAt: entry.createdAt, book, number: middle }) < 0) low = middle;
    else high = middle - 1;
  }
  return low;
}
