// Finds and mends lines that are not what was written: while the participant takes part, from the first line to where it
// started, and whenever evidence cannot be read. A line is written again from its evidence, or else from what the others
// hold; either is taken only if it gives the digest that stands in the index. Nothing of it is silent.
import { setImmediate } from 'node:timers/promises';
import { nextDigest } from '@parley/catalogue';
import type { DecidedTransaction, Place } from '@parley/contracts';
import type { Ledger } from './ledger.js';
import { lineOf } from './ledger-lines.js';
import type { Ledgers } from './ledgers.js';
import { DamagedIndex } from './line-index.js';
import { damagedLines, rebuildIndex } from './verification.js';

/** How many lines are looked at in one turn of the event loop: some milliseconds' work at most. */
const TURN_LINES = 128;
/** How long it waits before it asks the others again, in ms. */
const RETRY_MS = 5_000;

interface Log {
  error(fields: object, message: string): void;
}

export interface MendingOptions {
  readonly ledgers: Ledgers;
  /** What the others hold of a transaction, by the name of each. */
  readonly fetch: (place: Place) => Promise<Map<string, DecidedTransaction>>;
  readonly log: Log;
  /** The files cannot be mended. */
  readonly fail: (error: Error) => void;
}

export class Mending {
  private readonly queue = new Map<string, Place>();
  private isBusy = false;
  private isStopped = false;

  constructor(private readonly options: MendingOptions) {}

  /** Looks at all lines that are there now. Resolves when it has. */
  async look(): Promise<void> {
    for (const [book, ledger] of this.options.ledgers.books) {
      const { length } = ledger;
      for (let first = 1; first <= length && !this.isStopped; first += TURN_LINES) {
        const last = Math.min(length, first + TURN_LINES - 1);
        for (const number of await damagedAmong({ book, first, last }, ledger, this.options.log))
          this.mend({ book, number });
        await setImmediate();
      }
    }
  }

  /** Mends a line as soon as it can. */
  mend(place: Place): void {
    this.queue.set(`${place.book}/${String(place.number)}`, place);
    if (this.isBusy) return;
    this.isBusy = true;
    void this.work().catch(this.options.fail);
  }

  stop(): void {
    this.isStopped = true;
  }

  private async work(): Promise<void> {
    for (const [key, place] of this.queue) {
      if (this.isStopped) return;
      if (await this.mendNow(place)) this.queue.delete(key);
    }
    this.isBusy = false;
    const [left] = this.queue.values();
    if (left !== undefined) setTimeout(() => this.mend(left), RETRY_MS).unref();
  }

  /** Whether it could be mended. */
  private async mendNow({ book, number }: Place): Promise<boolean> {
    const { ledgers, fetch, log } = this.options;
    const ledger = ledgers.get(book);
    if (ledger === undefined || (await mendFromEvidence({ book, number }, ledger, log))) return true;
    const isRight = await judgeOf(ledger, number);
    const where = { book, line: number, file: ledger.files.text };
    for (const [from, { chained: _, ...transaction }] of await fetch({ book, number })) {
      if (!isRight(transaction)) continue;
      await ledger.mendEvidence(number, transaction);
      await ledger.mendText(number, lineOf(transaction));
      log.error({ ...where, from }, 'a line was damaged and was mended from another participant');
      return true;
    }
    log.error(where, 'a line is damaged, and nobody who answers has it as it was; the others are asked again');
    return false;
  }
}

/** As `damagedLines`, with an index that is written again if it is damaged. */
export async function damagedAmong(
  { book, first, last }: { book: string; first: number; last: number },
  ledger: Ledger,
  log: Log,
): Promise<number[]> {
  try {
    return await damagedLines(ledger, first, last);
  } catch (error) {
    if (!(error instanceof DamagedIndex)) throw error;
    await mendIndex(book, ledger, log, error);
    return damagedLines(ledger, first, last);
  }
}

/** Whether a transaction gives the line that the index says. */
async function judgeOf(ledger: Ledger, number: number): Promise<(it: DecidedTransaction) => boolean> {
  const { before, entries } = await ledger.written(number, number);
  return (it) => nextDigest(before, number, lineOf(it)) === entries[0]?.digest;
}

/** Writes a damaged line again from its evidence. Returns whether that could be done. */
export async function mendFromEvidence({ book, number }: Place, ledger: Ledger, log: Log): Promise<boolean> {
  const own = await ledger.transaction(number);
  if (own === undefined || !(await judgeOf(ledger, number))(own)) return false;
  await ledger.mendText(number, lineOf(own));
  log.error({ book, line: number, file: ledger.files.text }, 'a line was damaged and was mended from its evidence');
  return true;
}

/** Writes the index of a ledger again. Rejects when its evidence does not lead to where the ledger ends. */
export async function mendIndex(book: string, ledger: Ledger, log: Log, cause?: Error): Promise<void> {
  const { files, mark } = ledger;
  log.error(
    { book, file: files.index, cause: cause?.message },
    'the index of a ledger was damaged and is written again',
  );
  await ledger.flush();
  if (await rebuildIndex(ledger, files.evidence, mark)) return;
  throw new Error(
    `the files of book ${book} (${files.text}, ${files.evidence}, ${files.index}) do not lead to the digest that the journal ` +
      `names for line ${String(mark.lines)}. Keep a copy of the folder for examination, and start this participant with an ` +
      'empty folder: it is then a new member and fetches every line from the others.',
  );
}
