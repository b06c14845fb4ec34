// The ledgers of a participant: for each book `ledger/<book>.txt`, and beside it in `archive` what belongs to its lines.
import { join } from 'node:path';
import { makeFolder } from '@parley/catalogue';
import { Ledger, type LedgerPaths, type Mark } from './ledger.js';
import type { LedgerLine } from './ledger-lines.js';

/** A ledger whose text was not what the journal says, and from which line on. */
interface Restored {
  readonly book: string;
  readonly file: string;
  readonly fromLine: number;
}

/** A ledger cannot be written, and what was not written must not be said to be. */
class LedgerUnwritable extends Error {
  readonly code = 'ledger-unwritable';

  constructor(book: string, cause: unknown) {
    super(
      `the ledger of book ${book} cannot be written: ${(cause as Error).message}. Make room on the disk, or correct the file's ` +
        `permissions, then start the node again: what is missing is written from its journal.`,
      { cause },
    );
  }
}

export class Ledgers {
  private readonly opened = new Map<string, Promise<Ledger>>();
  private readonly byBook = new Map<string, Ledger>();
  private readonly restored = new Map<string, Restored>();

  private constructor(
    private readonly folder: string,
    private readonly failed: (error: Error) => void,
  ) {}

  /**
   * `folder` is the participant's; its subfolders are made. `failed` is told when a ledger cannot be written, once it is
   * open; nothing more can be written to it.
   */
  static async open(folder: string, failed: (error: Error) => void): Promise<Ledgers> {
    for (const part of ['ledger', 'archive']) await makeFolder(join(folder, part));
    return new Ledgers(folder, failed);
  }

  /** At the start: the journal says that the ledger of a book is written up to `mark`. */
  resume(book: string, mark: Mark): Promise<Ledger> {
    return this.keep(book, Ledger.open(this.paths(book), this.failing(book), mark));
  }

  /** At the start: the journal says that these lines come next. */
  async restore(book: string, lines: readonly LedgerLine[]): Promise<void> {
    const ledger = this.byBook.get(book) ?? (await this.keep(book, Ledger.open(this.paths(book), this.failing(book))));
    const fromLine = await ledger.restore(lines);
    if (fromLine !== undefined && !this.restored.has(book))
      this.restored.set(book, { book, file: ledger.files.text, fromLine });
  }

  /** At the end of the start. Returns what was not as the journal says, and is now. */
  async restoreEnds(): Promise<Restored[]> {
    for (const [book, ledger] of this.byBook)
      if ((await ledger.cutRest()) && !this.restored.has(book))
        this.restored.set(book, { book, file: ledger.files.text, fromLine: ledger.length + 1 });
    return [...this.restored.values()];
  }

  /** Appends lines to a book's ledger; the first ones make its files. Resolves with whether they can be read now. */
  append(book: string, lines: readonly LedgerLine[]): Promise<boolean> {
    // One promise per book, so that what is appended while its files are made keeps its order.
    const ledger = this.opened.get(book) ?? this.keep(book, Ledger.make(this.paths(book), this.failing(book)));
    return ledger
      .then((it) => it.append(lines))
      .then(
        () => true,
        (error: unknown) => {
          this.failing(book)(error);
          return false;
        },
      );
  }

  get(book: string): Ledger | undefined {
    return this.byBook.get(book);
  }

  get books(): IterableIterator<[string, Ledger]> {
    return this.byBook.entries();
  }

  async close(): Promise<void> {
    for (const ledger of await Promise.all(this.opened.values())) await ledger.close();
  }

  private failing(book: string): (error: unknown) => void {
    return (error) => this.failed(new LedgerUnwritable(book, error));
  }

  private keep(book: string, opening: Promise<Ledger>): Promise<Ledger> {
    const kept = opening.then((ledger) => {
      this.byBook.set(book, ledger);
      return ledger;
    });
    this.opened.set(book, kept);
    return kept;
  }

  private paths(book: string): LedgerPaths {
    return {
      text: join(this.folder, 'ledger', `${book}.txt`),
      evidence: join(this.folder, 'archive', `${book}.jsonl`),
      index: join(this.folder, 'archive', `${book}.index`),
    };
  }
}
