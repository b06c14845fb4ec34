// A participant's ledger, page by page: a page is asked for when the one before it has been taken.
import { namedParticipantOperations } from '@parley/contracts';
import type { Bus } from '@parley/messaging';
import type { Logger } from 'pino';
import type { z } from 'zod';
import { ProblemError, quoted } from './http/problem.js';
import { answerOf } from './participant-problems.js';
import type { Presence } from './presence.js';

/** How long the participant has for one page, in milliseconds. */
const PAGE_MS = 5_000;

export interface LedgerName {
  readonly participant: string;
  readonly book: string;
}

type LedgerPage = z.output<typeof namedParticipantOperations.ledger.reply>;

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

  /**
   * One line's text, found by reading up to it; undefined when the ledger is shorter.
   *
   * @throws ProblemError
   */
  async line(ledger: LedgerName, number: number, trace: string): Promise<string | undefined> {
    let before = 0;
    for (let offset: number | null = 0; offset !== null;) {
      const page: LedgerPage = await this.page(ledger, offset, trace);
      const lines = (page.text ?? '').split('\n');
      const whole = lines.length - 1;
      if (number <= before + whole) return lines[number - before - 1];
      before += whole;
      offset = page.next;
    }
    return undefined;
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

  private async page({ participant, book }: LedgerName, offset: number, trace: string): Promise<LedgerPage> {
    const { ledger } = namedParticipantOperations;
    const request = this.bus.requestNode(ledger, participant, { book, offset }, { timeoutMs: PAGE_MS, trace });
    return answerOf(participant, request, this.presence);
  }
}
