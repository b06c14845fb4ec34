// The ledgers of a participant: one text file per book, `<folder>/<book>.txt`.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Ledger } from './ledger.js';

export class Ledgers {
  private readonly byBook = new Map<string, Ledger>();

  constructor(private readonly folder: string) {}

  /** At the start, for each line that the journal says is written, in order. */
  expect(book: string, text: string): void {
    this.ledger(book).expect(text);
  }

  /** Opens the expected ledgers and mends them; `textOf` gives the text of a line. Returns what was mended. */
  async open(textOf: (book: string, line: number) => Promise<string>): Promise<{ book: string; fromLine: number }[]> {
    await mkdir(this.folder, { recursive: true });
    const mended: { book: string; fromLine: number }[] = [];
    for (const [book, ledger] of this.byBook) {
      const fromLine = await ledger.open((line) => textOf(book, line));
      if (fromLine !== undefined) mended.push({ book, fromLine });
    }
    return mended;
  }

  /** Appends lines to a book's ledger; the first ones make the file. */
  append(book: string, texts: readonly string[]): Promise<void> {
    const known = this.byBook.get(book);
    if (known) return known.append(texts);
    const made = this.ledger(book);
    made.make();
    return made.append(texts);
  }

  get(book: string): Ledger | undefined {
    return this.byBook.get(book);
  }

  async close(): Promise<void> {
    for (const ledger of this.byBook.values()) await ledger.close();
  }

  private ledger(book: string): Ledger {
    const known = this.byBook.get(book);
    if (known) return known;
    const ledger = new Ledger(join(this.folder, `${book}.txt`));
    this.byBook.set(book, ledger);
    return ledger;
  }
}
