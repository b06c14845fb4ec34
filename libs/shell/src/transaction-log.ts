// What happens to transactions, in a node's log. What happens in one turn of the event loop stands in one line, because a
// line costs a system call: at a thousand transactions a second, a line for each would cost more than the protocol.
// There is nothing to hide in such a line, and to look for it would cost as much as to write it.
import { transactionId, type Place } from '@parley/contracts';
import type { Logger } from 'pino';

/** What is said of a transaction. */
interface TransactionFields {
  readonly correlation: string | undefined;
  readonly [name: string]: unknown;
}

export class TransactionLog {
  private readonly lines = new Map<string, object[]>();

  private readonly log: Logger;

  constructor(log: Logger) {
    this.log = log.child({}, { redact: [] });
  }

  /** `fields` say what of it; the correlation leads to the HTTP request that proposed it. */
  note(event: string, { book, number }: Place, fields: TransactionFields): void {
    if (this.lines.size === 0) setImmediate(() => this.write());
    const line = this.lines.get(event) ?? [];
    line.push({ id: transactionId({ book, number }), ...fields });
    this.lines.set(event, line);
  }

  /** Writes what has been noted; at an end, before the last line. */
  write(): void {
    for (const [event, transactions] of this.lines) this.log.info({ transactions }, event);
    this.lines.clear();
  }
}
