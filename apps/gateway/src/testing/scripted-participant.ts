// A participant that answers as its contract says and writes its ledger when a test says so.
import { Controller } from '@nestjs/common';
import {
  facts,
  namedParticipantOperations,
  newestFirst,
  participantOperations,
  type KnownTransaction,
  type Member,
  type Outcome,
  type PageRequest,
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

    @Hears(facts.called)
    called(): void {
      participant.announce();
    }
  }
  return Participant;
}
