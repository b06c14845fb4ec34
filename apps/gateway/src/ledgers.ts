// A participant's ledger, page by page: a page is asked for when the one before it has been taken.
import { namedParticipantOperations } from '@parley/contracts';
import { BusError, type Bus } from '@parley/messaging';
import type { Logger } from 'pino';
import { ProblemError, quoted } from './http/problem.js';
import type { Presence } from './presence.js';

/** How long the participant has for one page, in milliseconds. */
const PAGE_MS = 5_000;

export interface LedgerName {
  readonly participant: string;
  readonly book: string;
}

export class Ledgers {
  constructor(
    private readonly bus: Pick<Bus, 'requestNode' | 'connected'>,
    private readonly presence: Presence,
    private readonly log: Logger,
  ) {}

  /**
   * The ledger's text in pages of whole lines. Its first page has been read when this resolves, so what comes later can
   * only fail because the participant goes away.
   *
   * @throws ProblemError
   */
  async open(ledger: LedgerName, trace: string): Promise<AsyncGenerator<string, void>> {
    const first = await this.page(ledger, 0, trace);
    const { text } = first;
    if (text === null) {
      throw new ProblemError(
        'unknown-ledger',
        `${ledger.participant} has no ledger of the book ${quoted(ledger.book)}`,
      );
    }
    return this.pages(ledger, { text, next: first.next }, trace);
  }

  private async *pages(
    ledger: LedgerName,
    first: { text: string; next: number | null },
    trace: string,
  ): AsyncGenerator<string, void> {
    yield first.text;
    try {
      for (let offset = first.next; offset !== null;) {
        const { text, next } = await this.page(ledger, offset, trace);
        if (text === null) throw new Error('the ledger is gone');
        yield text;
        offset = next;
      }
    } catch (error) {
      // The answer has begun, so all that is left to tell the client is a connection that breaks.
      this.log.warn({ correlation: trace, ...ledger, err: error }, 'a ledger broke off');
      throw error;
    }
  }

  private async page(
    { participant, book }: LedgerName,
    offset: number,
    trace: string,
  ): Promise<{ text: string | null; next: number | null }> {
    const { ledger } = namedParticipantOperations;
    try {
      return await this.bus.requestNode(ledger, participant, { book, offset }, { timeoutMs: PAGE_MS, trace });
    } catch (error) {
      throw error instanceof BusError ? this.problem(error, participant) : error;
    }
  }

  private problem(error: BusError, participant: string): unknown {
    const isAway = error.code === 'no-responder' || error.code === 'timeout';
    if (!isAway) return error;
    return this.presence.isKnown(participant) || error.code === 'timeout'
      ? new ProblemError('participant-unreachable', `${participant} does not answer`, {}, { cause: error })
      : new ProblemError('unknown-participant', `there is no participant ${quoted(participant)}`, {}, { cause: error });
  }
}
