// What the tests of the journal share: folders of their own, and journals seen from the outside as lists of records.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Journal, type JournalOptions } from '../journal.js';
import { JournalError } from '../journal-error.js';

export interface Entry {
  readonly position: number;
  readonly transaction: string;
  readonly payload: string;
}

/** Runs `story` with the path of a journal that does not exist yet, in a folder that is removed afterwards. */
export const inFolder = async (story: (file: string) => Promise<void>): Promise<void> => {
  const folder = await mkdtemp(join(tmpdir(), 'parley-journal-'));
  try {
    await story(join(folder, 'journal.log'));
  } finally {
    await rm(folder, { recursive: true });
  }
};

/** Opens a journal with small files, and tells what it replayed. */
export const openJournal = async (
  file: string,
  options: Partial<JournalOptions> = {},
): Promise<{ journal: Journal; entries: Entry[] }> => {
  const entries: Entry[] = [];
  const replay: JournalOptions['replay'] = ({ position, transaction, payload }) => {
    entries.push({ position, transaction, payload: payload.toString('latin1') });
  };
  const journal = await Journal.open({ file, replay, preallocateBytes: 8192, ...options });
  return { journal, entries };
};

/** What stands in a journal, which is closed again; `cutBytes` 0 if nothing was repaired. */
export const contentOf = async (file: string): Promise<{ entries: Entry[]; cutBytes: number; logId: string }> => {
  const { journal, entries } = await openJournal(file);
  await journal.close();
  return { entries, cutBytes: journal.repaired?.cutBytes ?? 0, logId: journal.logId };
};

/** Appends each group as one forced batch to a new journal. Returns the entries of each, and where each batch ends. */
export const writeBatches = async (
  file: string,
  groups: readonly (readonly (readonly [transaction: string, payload: string])[])[],
): Promise<{ batches: Entry[][]; ends: number[]; start: number }> => {
  const { journal } = await openJournal(file);
  const start = journal.forcedThrough;
  const batches: Entry[][] = [];
  const ends: number[] = [];
  for (const group of groups) {
    batches.push(
      group.map(([transaction, payload]) => {
        const position = journal.append(transaction, Buffer.from(payload, 'latin1'));
        return { position, transaction, payload };
      }),
    );
    await journal.forced();
    ends.push(journal.forcedThrough);
  }
  await journal.close();
  return { batches, ends, start };
};

/** The error with which `attempt` fails. */
export const failureOf = async (attempt: () => unknown): Promise<JournalError> => {
  try {
    await attempt();
  } catch (error) {
    if (error instanceof JournalError) return error;
    throw error;
  }
  throw new Error('it did not fail');
};
