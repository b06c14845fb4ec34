// What happens to transactions, in a node's log. What happens within a moment stands in one line, because a line costs a
// system call: a line for each would cost more than the protocol. A process that is killed keeps its last moment to itself;
// its journal has it. There is nothing to hide in such a line, and to look for it would cost as much as to write it.
import { transactionId, type Place } from '@parley/contracts';
import type { Logger } from 'pino';

/** What is said of a transaction, beside when it happened in ms since the epoch. */
interface TransactionFields {
  readonly correlation: string | undefined;
  readonly [name: string]: unknown;
}

/** How long a line gathers, ms. */
const GATHER_MS = 50;

export class TransactionLog {
  private readonly lines = new Map<string, object[]>();
  private readonly log: Logger;

  constructor(log: Logger) {
    this.log = log.child({}, { redact: [] });
  }

  /** `fields` say what of it; the correlation leads to the HTTP request that proposed it. */
  note(event: string, { book, number }: Place, fields: TransactionFields): void {
    if (this.lines.size === 0) setTimeout(() => this.write(), GATHER_MS).unref();
    const line = this.lines.get(event) ?? [];
    line.push({ id: transactionId({ book, number }), at: Date.now(), ...fields });
    this.lines.set(event, line);
  }

  /** Writes what has been noted; at an end, before the last line. */
  write(): void {
    for (const [event, transactions] of this.lines) this.log.info({ transactions }, event);
    this.lines.clear();
  }
}
