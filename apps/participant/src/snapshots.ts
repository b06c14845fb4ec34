// A participant's snapshot: first the ledgers are forced, up to every line that the state calls written; only then may the
// journal forget the records of these lines.
import { setImmediate } from 'node:timers/promises';
import type { Recorded } from '@parley/catalogue';
import { participantSnapshot, type CommitRecord, type ParticipantState } from '@parley/commit';
import type { Mark } from './ledger.js';
import type { Ledgers } from './ledgers.js';

/** The records of a snapshot of this state, once all that was appended until now is forced; see `Snapshots` in libs/shell. */
export function snapshotRecords(
  state: ParticipantState,
  recorded: Recorded,
  ledgers: Ledgers,
): (signal: AbortSignal) => Promise<Iterable<CommitRecord>> {
  // Taken now: what is appended later stands after the snapshot.
  const kept = recorded.catalogue.records;
  return async (signal) => {
    const marks = new Map<string, Mark>();
    for (const [book, { written }] of state.books)
      if (written > 0) marks.set(book, await forced(book, written, ledgers, signal));
    return participantSnapshot(state, kept, (book) => {
      const mark = marks.get(book);
      if (mark === undefined) throw new Error(`the ledger of ${book} was not forced`);
      return { bytes: mark.bytes, digest: mark.digest };
    });
  };
}

/** Forces a ledger that is written up to this line, or is about to be: its decisions are on the disk. */
async function forced(book: string, lines: number, ledgers: Ledgers, signal: AbortSignal): Promise<Mark> {
  while ((ledgers.get(book)?.mark.lines ?? 0) < lines) await setImmediate(undefined, { signal });
  const ledger = ledgers.get(book);
  await ledger?.force();
  const mark = await ledger?.markAt(lines);
  if (mark === undefined) throw new Error(`line ${String(lines)} of ${book} is not written`);
  return mark;
}
