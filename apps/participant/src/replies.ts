// Requests of the commit protocol that wait for the core's reply. What the core knows to be written is answered from the
// ledger, and votes tell how the ledgers of their books stand.
import type { ReplyAnswer } from '@parley/commit';
import { transactionId, type Member, type ProtocolAnswer, type ProtocolReply } from '@parley/contracts';
import type { Bus } from '@parley/messaging';
import { Askers, type Outgoing } from '@parley/shell';
import type { Ledgers } from './ledgers.js';
import { fromLedger } from './recorded-answers.js';

/** The part of a pino logger that is needed. */
interface Log {
  error(fields: object, message: string): void;
}

export class Replies {
  private readonly askers = new Askers<ProtocolReply>();

  constructor(
    private readonly self: Member,
    private readonly ledgers: Ledgers,
    private readonly bus: Pick<Bus, 'refuse' | 'count'>,
    private readonly log: Log,
  ) {}

  /** Gives a request to the core under a handle; resolves with the reply once that may leave the node. */
  wait(submit: (reply: number) => void): Promise<ProtocolReply> {
    return this.askers.wait(submit);
  }

  give({ to, ballot, proposal, answers }: Extract<Outgoing, { type: 'reply' }>): void {
    const common = { from: this.self, ballot, ...(proposal && { proposal }), ...this.marksOf(answers) };
    this.completed(answers).then(
      (completed) => void this.askers.answer(to, { ...common, answers: completed }),
      // Who asks gets no answer: there is none that could be trusted.
      (error: unknown) => this.log.error({ err: error }, 'the ledger could not be read for an answer'),
    );
  }

  /** With votes: how the ledgers of their books stand. */
  private marksOf(answers: readonly ReplyAnswer[]): Pick<ProtocolReply, 'ledgers'> {
    if (!answers.some(({ answer }) => answer === 'yes' || answer === 'no')) return {};
    const books = new Set(answers.map(({ book }) => book));
    return {
      ledgers: [...books].flatMap((book) => {
        const mark = this.ledgers.get(book)?.readableMark;
        return mark ? [{ book, lines: mark.lines, digest: mark.digest }] : [];
      }),
    };
  }

  /** What the ledger has recorded is answered from the ledger. */
  private async completed(answers: readonly ReplyAnswer[]): Promise<ProtocolAnswer[]> {
    const completed: ProtocolAnswer[] = [];
    for (const answer of answers) {
      const told = answer.answer === 'recorded' ? await fromLedger(this.ledgers, answer) : answer;
      if (told === undefined) continue;
      this.count(told, answer.answer === 'recorded');
      completed.push(told);
    }
    return completed;
  }

  /** What takes nothing from who asks is counted. Of a mismatch that is on record the core has told already. */
  private count({ answer, ...place }: ProtocolAnswer, isWritten: boolean): void {
    const transaction = transactionId(place);
    if (answer === 'mismatch' && isWritten)
      this.bus.refuse('commit', 'asked about with another value than is written', { transaction });
    // Both are usual: a participant that is not listed learns of a number so, and a recovery that another one overtakes.
    if (answer === 'not-member' || answer === 'superseded') this.bus.count('commit', `answered ${answer}`);
  }
}
