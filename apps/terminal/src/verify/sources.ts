// Ledgers, archives and journals as sources of claims; see comparison.ts.
import type { JournalledDecision } from '@parley/catalogue';
import { decidedTransaction, type DecidedTransaction } from '@parley/contracts';
import type { Claim, Source } from './comparison.js';
import { LineFile } from './line-file.js';

const nothing = Buffer.alloc(0);

/** A ledger's lines. */
export class LedgerSource implements Source {
  readonly kind = 'ledger';
  private line: Buffer | undefined;

  constructor(
    readonly node: string,
    private readonly file: LineFile,
  ) {
    this.line = file.next();
  }

  get next(): number | undefined {
    return this.line && this.file.count;
  }

  take(): Claim {
    const text = this.line ?? nothing;
    this.line = this.file.next();
    return { outcome: text.length > 0 ? 'committed' : 'aborted', text };
  }
}

/**
 * The evidence that a participant keeps of each line, one JSON object per line of the file, in the order of the ledger.
 * What a crash left of a line stands for nothing. A line that was mended stands there again, later, and then speaks alone.
 */
export class ArchiveSource implements Source {
  readonly kind = 'archive';
  private ahead: DecidedTransaction | undefined;

  constructor(
    readonly node: string,
    private readonly file: LineFile,
  ) {
    this.advance();
  }

  get next(): number | undefined {
    return this.ahead?.number;
  }

  take(): Claim {
    const taken = this.ahead;
    if (!taken) throw new Error(`the archive ${this.file.path} is at its end`);
    this.advance();
    return claimOf(taken.decision, taken.begin?.value ?? null);
  }

  private advance(): void {
    let json: Buffer | undefined;
    do {
      json = this.file.next();
      this.ahead = json && parsed(json);
    } while (json && !this.ahead);
  }
}

/** The decisions on one book in a node's journal. */
export class JournalSource implements Source {
  readonly kind = 'journal';
  private readonly decisions: JournalledDecision[];

  constructor(
    readonly node: string,
    decisions: readonly JournalledDecision[],
  ) {
    this.decisions = [...decisions].sort((a, b) => b.number - a.number);
  }

  get next(): number | undefined {
    return this.decisions.at(-1)?.number;
  }

  take(): Claim {
    const taken = this.decisions.pop();
    if (!taken) throw new Error(`the journal of ${this.node} is at its end`);
    return claimOf(taken.decision, taken.value);
  }
}

function claimOf({ outcome, rule, decidedBy }: JournalledDecision['decision'], value: string | null): Claim {
  const text = outcome === 'aborted' ? nothing : value === null ? undefined : Buffer.from(value);
  return { outcome, text, decision: { rule, decidedBy } };
}

function parsed(json: Buffer): DecidedTransaction | undefined {
  try {
    return decidedTransaction.safeParse(JSON.parse(json.toString())).data;
  } catch {
    return undefined;
  }
}
