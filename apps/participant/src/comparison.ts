// Compares this participant's ledgers with what the others tell of theirs, by the chained digest at the shorter one's end.
// A difference is told to the operator at once, and to the core, which judges what it means for votes.
import type { Logger } from 'pino';
import type { Ledgers } from './ledgers.js';

interface Told {
  readonly book: string;
  readonly lines: number;
  readonly digest?: string | undefined;
}

export class Comparison {
  /** By peer and book, whether they agreed when they were last compared. */
  private readonly verdicts = new Map<string, boolean>();

  constructor(
    private readonly ledgers: Ledgers,
    private readonly compared: (verdict: { book: string; peer: string; line: number; agrees: boolean }) => void,
    private readonly log: Pick<Logger, 'error' | 'warn'>,
  ) {}

  /** Another participant tells how its ledgers stand. Who is longer is compared by the other. */
  async hear(peer: string, ledgers: readonly Told[]): Promise<void> {
    for (const { book, lines, digest } of ledgers) {
      if (digest === undefined || lines === 0) continue;
      const own = await this.ledgers.get(book)?.markAt(lines);
      if (own !== undefined) this.judge(peer, { book, line: lines, own: own.digest, theirs: digest });
    }
  }

  private judge(peer: string, at: { book: string; line: number; own: string; theirs: string }): void {
    const key = `${peer}/${at.book}`;
    const agrees = at.own === at.theirs;
    if ((this.verdicts.get(key) ?? true) === agrees) return;
    this.verdicts.set(key, agrees);
    if (agrees) this.log.warn({ peer, ...at }, 'the ledger of another participant is the same again');
    else this.log.error({ peer, ...at }, 'the ledger of another participant differs: compare them with parley verify');
    this.compared({ book: at.book, peer, line: at.line, agrees });
  }
}
