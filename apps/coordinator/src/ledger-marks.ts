// Compares how participants say, with their votes and their heartbeats, that their ledgers stand with what was decided here. A difference stops
// nothing that is safe: the participant that differs from most finds that out by itself, and then votes no.
import type { Chains } from '@parley/commit';
import type { LedgerMark, Member } from '@parley/contracts';
import type { Logger } from 'pino';

interface Told {
  readonly from: Member;
  readonly ledgers?: readonly (Omit<LedgerMark, 'digest'> & { readonly digest?: string | undefined })[] | undefined;
}

export class LedgerMarks {
  /** Participants and books of which a difference was told. */
  private readonly differing = new Set<string>();

  constructor(
    private readonly chains: Pick<Chains, 'at'>,
    private readonly log: Pick<Logger, 'error'>,
  ) {}

  hear({ from, ledgers = [] }: Told): void {
    for (const { book, lines, digest } of ledgers) {
      if (digest === undefined) continue;
      const decided = this.chains.at(book, lines);
      const key = `${from.name}/${from.logId}/${book}`;
      if (decided === undefined) continue;
      if (decided === digest) this.differing.delete(key);
      else if (!this.differing.has(key)) {
        this.differing.add(key);
        const what = { participant: from.name, book, line: lines, decided, theirs: digest };
        this.log.error(
          what,
          'the ledger of a participant differs from what was decided: compare them with parley verify',
        );
      }
    }
  }
}
