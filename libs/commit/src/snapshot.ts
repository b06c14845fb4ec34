// What a node must still know when its journal is cut: the problem is to forget the records of what is done with, and
// nothing else. Transactions that are open keep their own records, not a summary of their state, so that evidence is kept
// as well, and a new kind of record needs nothing here.
//
// Invariants, for the records R of a journal and `kept` from `stillNeeded` over R:
// - Replaying the snapshot of replay(R) gives the durable state of replay(R), and the same after any further records.
// - A participant's line is left out only because it is written: its number is then answered from the ledger, never as
//   `initial`. The shell forces the ledger before the journal is cut.
// - The size depends on what is open and on the number of books, not on how many transactions there were.
import { bookOf, isOfTransaction, numberOf } from './book.js';
import type { CoordinatorState } from './coordinator-state.js';
import { identityRecords } from './identity.js';
import type { ParticipantState } from './participant.js';
import type { CommitRecord, CoordinatorRecord, ParticipantRecord } from './records.js';
import type { Written } from './snapshot-records.js';

/** Adds a record to those of its transaction. Of promises and of acceptances only the last counts. */
export const stillNeeded = (earlier: readonly CommitRecord[], record: CommitRecord): CommitRecord[] =>
  record.kind === 'elected' || record.kind === 'accepted'
    ? [...earlier.filter(({ kind }) => kind !== record.kind), record]
    : [...earlier, record];

/**
 * A participant's snapshot. `kept` are the records of the transactions that are open, in any order of transactions;
 * `markOf` tells how a book's ledger stands at so many lines.
 */
export function participantSnapshot(
  { books, identity, recoverer }: Pick<ParticipantState, 'books' | 'identity' | 'recoverer'>,
  kept: Iterable<CommitRecord>,
  markOf: (book: string, lines: number) => Pick<Written, 'bytes' | 'digest'>,
): ParticipantRecord[] {
  const written = [...books].flatMap(([book, { written: lines }]): ParticipantRecord[] =>
    lines === 0 ? [] : [{ kind: 'written', book, lines, ...markOf(book, lines) }],
  );
  // A line may be due and not written yet: its records are needed until it is, and not for what comes after it.
  const open = ([...kept] as ParticipantRecord[]).filter(
    (record) => isOfTransaction(record) && numberOf(record) > (books.get(bookOf(record))?.written ?? 0),
  );
  return [...identityRecords(identity), ...written, ...open, { kind: 'counter', counter: recoverer.counter }];
}

/** The coordinator's snapshot. `kept` are the records of what is open, and of what is decided and perhaps only known here. */
export function coordinatorSnapshot(
  {
    epoch,
    identity,
    numbers,
    books,
    recoverer,
  }: Pick<CoordinatorState, 'epoch' | 'identity' | 'numbers' | 'books' | 'recoverer'>,
  kept: Iterable<CommitRecord>,
  newestAt: number,
): CoordinatorRecord[] {
  const numbered = [...numbers].flatMap(([book, greatest]): CoordinatorRecord[] => {
    const terms = books.get(book);
    return terms ? [{ kind: 'numbered', book, greatest, terms, epoch, newestAt }] : [];
  });
  return [
    ...(identityRecords(identity) as CoordinatorRecord[]),
    ...numbered,
    ...(kept as Iterable<CoordinatorRecord>),
    { kind: 'counter', counter: recoverer.counter },
  ];
}
