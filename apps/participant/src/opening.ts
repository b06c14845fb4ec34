// What a participant finds when it starts: its journal, and its ledgers, which are brought to what the journal says.
import { Recorded, type Catalogue } from '@parley/catalogue';
import { newParticipant, replayParticipant, type ParticipantRecord, type ParticipantState } from '@parley/commit';
import { transactionId, type Place } from '@parley/contracts';
import type { Logger } from 'pino';
import { LedgerArchive } from './ledger-archive.js';
import { lineOf, type LedgerLine } from './ledger-lines.js';
import { Ledgers } from './ledgers.js';
import { damagedAmong, mendFromEvidence, mendIndex } from './mending.js';
import { endsAs } from './verification.js';

/** How many lines before a snapshot's end are looked at before the participant takes part. */
const LAST_LINES = 1024;

export interface OpeningOptions {
  readonly name: string;
  readonly folder: string;
  readonly vote: 'commit' | 'abort';
  /** Bytes that are appended to the journal before it is cut. */
  readonly snapshotBytes: number;
  readonly log: Logger;
  /** The node cannot go on. */
  readonly fail: (error: Error) => void;
  /** The evidence of a line cannot be read. */
  readonly damaged: (place: Place) => void;
}

export interface Opened {
  readonly recorded: Recorded;
  readonly ledgers: Ledgers;
  readonly state: ParticipantState;
}

/** Rejects with a JournalError when the journal cannot be trusted, with an Error when the ledgers cannot be mended. */
export async function openParticipant(options: OpeningOptions): Promise<Opened> {
  const { name, folder, vote, log, fail, snapshotBytes } = options;
  const ledgers = await Ledgers.open(folder, fail);
  let state = newParticipant({ name, logId: '' }, vote);
  const recorded = await Recorded.open<ParticipantRecord>({
    folder,
    archive: new LedgerArchive(ledgers, options.damaged),
    snapshotBytes,
    replay: async (records, catalogue) => {
      for (const record of records) if (record.kind === 'written') await resume(ledgers, record, log);
      const due: { book: string; lines: LedgerLine[] }[] = [];
      state = replayParticipant(state, records, (book, { first, lines }) => {
        due.push({ book, lines: lines.map((_, index) => dueLine(catalogue, { book, number: first + index })) });
      });
      for (const { book, lines } of due) {
        await ledgers.restore(book, lines);
        for (const { transaction } of lines) catalogue.retire(transaction);
      }
    },
    onFailure: fail,
  });
  const { repaired, logId } = recorded.journal;
  if (repaired) log.warn({ ...repaired }, 'the end of the journal was torn by a crash and was cut');
  for (const mended of await ledgers.restoreEnds()) log.warn(mended, 'the ledger was mended from the journal');
  return { recorded, ledgers, state: { ...state, self: { name, logId } } };
}

/** The ledger up to a snapshot: its end is looked at now, and the rest while the participant takes part. */
async function resume(
  ledgers: Ledgers,
  { book, ...mark }: Extract<ParticipantRecord, { kind: 'written' }>,
  log: Logger,
): Promise<void> {
  const ledger = await ledgers.resume(book, mark);
  if (!(await endsAs(ledger, mark))) await mendIndex(book, ledger, log);
  const range = { book, first: Math.max(1, mark.lines - LAST_LINES + 1), last: mark.lines };
  for (const number of await damagedAmong(range, ledger, log)) await mendFromEvidence({ book, number }, ledger, log);
}

/** The line of a transaction that is decided and in flight. */
export function dueLine(catalogue: Catalogue, place: Place): LedgerLine {
  const transaction = catalogue.decidedInFlight(place);
  if (transaction.begin === null && transaction.decision.outcome === 'committed')
    throw new Error(`${transactionId(place)} is committed, and what it is does not stand in the journal`);
  return { text: lineOf(transaction), transaction };
}
