// A participant that answers as its contract says and writes its ledger when a test says so.
import { createHash } from 'node:crypto';
import { Controller } from '@nestjs/common';
import {
  CHAIN_START,
  chainInput,
  facts,
  namedParticipantOperations,
  newestFirst,
  participantOperations,
  type KnownTransaction,
  type Member,
  type Outcome,
  type PageRequest,
  type PersonalAnswer,
  type PersonRequest,
  type Place,
} from '@parley/contracts';
import { Answers, AnswersAs, Hears, type Bus } from '@parley/messaging';
import { serve } from './served.js';

interface LedgerRequest {
  book: string;
  offset: number;
}
interface LedgerPage {
  text: string | null;
  next: number | null;
}

export class ScriptedParticipant {
  readonly known: KnownTransaction[] = [];
  readonly lines = new Map<string, string[]>();
  complete = true;
  /** How a page of a ledger is answered; by default all of it at once. */
  onLedger: (request: LedgerRequest) => LedgerPage | Promise<LedgerPage> = ({ book }) => {
    const lines = this.lines.get(book);
    return { text: lines ? lines.map((line) => `${line}\n`).join('') : null, next: null };
  };
  /** What it waits for a person to do. */
  readonly asks: PersonRequest[] = [];
  /** What people have told it. */
  readonly told: unknown[] = [];
  /** What a person's vote or acknowledgement is answered. */
  answer: PersonalAnswer = { taken: true, state: 'waiting' };
  /** Whether a ballot is started when it is asked to recover. */
  starts = false;
  private serving: { close(): Promise<void> } | undefined;
  private announcing: NodeJS.Timeout | undefined;

  constructor(
    private readonly bus: Bus,
    readonly member: Member,
  ) {}

  /** Serves, and announces itself every second as a participant does. */
  async start(): Promise<void> {
    this.serving = await serve(this.bus, this.member.name, controllerOf(this));
    this.announcing = setInterval(() => this.announce(), 1_000);
    this.announce();
  }

  async stop(): Promise<void> {
    clearInterval(this.announcing);
    await this.serving?.close();
    this.serving = undefined;
  }

  announce(): void {
    const { name: node, logId } = this.member;
    const ledgers = [...this.lines].map(([book, { length }]) => ({ book, lines: length, highest: length }));
    const { complete } = this;
    this.bus.publish(facts.alive, { service: 'participant', node, logId, nonce: logId, complete, ledgers });
  }

  /** The chained digest of the first `line` lines; null beyond the end. */
  digest(book: string, line: number): string | null {
    const lines = this.lines.get(book) ?? [];
    if (line > lines.length) return null;
    return lines.slice(0, line).reduce(
      (previous, text, index) =>
        createHash('sha256')
          .update(chainInput(previous, index + 1, text))
          .digest('hex'),
      CHAIN_START,
    );
  }

  /** Resolves when the broker has all that was told. */
  flush(): Promise<void> {
    return this.bus.flush();
  }

  /** Writes the next line of the transaction's ledger and tells it. */
  record({ begin: { book, value } }: KnownTransaction, outcome: Outcome, decidedAt: number): void {
    const lines = this.lines.get(book) ?? [];
    lines.push(outcome === 'committed' ? value : '');
    this.lines.set(book, lines);
    this.bus.publish(facts.recorded, { from: this.member, book, first: lines.length, lines: [{ outcome, decidedAt }] });
  }
}

function controllerOf(participant: ScriptedParticipant) {
  @Controller()
  class Participant {
    @Answers(participantOperations.read)
    read({ book, number }: Place): { transaction: KnownTransaction | null } {
      const found = participant.known.find(({ begin }) => begin.book === book && begin.number === number);
      return { transaction: found ?? null };
    }

    @Answers(participantOperations.page)
    page({ before, limit }: PageRequest): { items: KnownTransaction[] } {
      const items = participant.known
        .filter(({ begin }) => before === undefined || newestFirst(before, begin) < 0)
        .sort((a, b) => newestFirst(a.begin, b.begin));
      return { items: items.slice(0, limit) };
    }

    @AnswersAs(namedParticipantOperations.ledger)
    ledger(request: LedgerRequest): LedgerPage | Promise<LedgerPage> {
      return participant.onLedger(request);
    }

    @AnswersAs(namedParticipantOperations.digest)
    digest({ book, line }: { book: string; line: number }): { lines: number; digest: string | null } {
      return { lines: participant.lines.get(book)?.length ?? 0, digest: participant.digest(book, line) };
    }

    @AnswersAs(namedParticipantOperations.requests)
    requests(): { items: PersonRequest[] } {
      return { items: participant.asks };
    }

    @AnswersAs(namedParticipantOperations.castVote)
    castVote(request: unknown): PersonalAnswer {
      participant.told.push(request);
      return participant.answer;
    }

    @AnswersAs(namedParticipantOperations.acknowledge)
    acknowledge(request: unknown): PersonalAnswer {
      participant.told.push(request);
      return participant.answer;
    }

    @Answers(participantOperations.recover)
    recover({ book, number }: Place): { transaction: KnownTransaction | null; started: boolean } {
      const found = participant.known.find(({ begin }) => begin.book === book && begin.number === number);
      return { transaction: found ?? null, started: found !== undefined && participant.starts };
    }

    @Hears(facts.called)
    called(): void {
      participant.announce();
    }
  }
  return Participant;
}
