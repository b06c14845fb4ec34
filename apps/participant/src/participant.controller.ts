// All that a participant hears.
import { Controller } from '@nestjs/common';
import {
  CHAIN_START,
  facts,
  namedParticipantOperations,
  participantOperations,
  type Alive,
  type Decided,
  type ElectRequest,
  type FetchReply,
  type FetchRequest,
  type KeepReply,
  type KeepRequest,
  type KnownTransaction,
  type PageRequest,
  type Place,
  type ProposeRequest,
  type ProtocolReply,
  type VoteRequest,
} from '@parley/contracts';
import { Answers, AnswersAs, Hears } from '@parley/messaging';
import { announcedIn, Heartbeat } from '@parley/shell';
import { keep } from './keeping.js';
import { marksBefore } from './line-proof.js';
import { ParticipantShell } from './participant.shell.js';

@Controller()
export class ParticipantController {
  constructor(
    private readonly shell: ParticipantShell,
    private readonly heartbeat: Heartbeat,
  ) {}

  @Answers(participantOperations.vote)
  vote({ epoch, list, protocol, deadline, transactions, open }: VoteRequest): Promise<ProtocolReply> {
    const asked = { epoch, list, protocol, deadline, transactions, open };
    return this.shell.ask((reply) => ({ type: 'vote-requested', reply, ...asked }));
  }

  @Answers(participantOperations.elect)
  elect({ list, protocol, ballot, transactions }: ElectRequest): Promise<ProtocolReply> {
    return this.shell.ask((reply) => ({ type: 'states-asked', reply, list, protocol, ballot, transactions }));
  }

  @Answers(participantOperations.propose)
  propose({ list, protocol, ballot, proposal, deadline, transactions }: ProposeRequest): Promise<ProtocolReply> {
    const asked = { list, protocol, ballot, proposal, deadline, transactions };
    return this.shell.ask((reply) => ({ type: 'proposed', reply, ...asked }));
  }

  @Hears(facts.decided)
  decided(fact: Decided): void {
    this.shell.submit({ type: 'decided', transactions: announcedIn(fact) });
  }

  @Answers(participantOperations.fetch)
  async fetch({ ranges }: FetchRequest): Promise<FetchReply> {
    const decided = await this.shell.tell((catalogue) => catalogue.decided(ranges));
    return { from: this.shell.self, decided, marks: await marksBefore(this.shell.ledgers, decided) };
  }

  @Answers(participantOperations.keep)
  async keep({ transactions }: KeepRequest): Promise<KeepReply> {
    return { from: this.shell.self, kept: await keep(this.shell.ledgers, transactions) };
  }

  @Answers(participantOperations.read)
  async read(place: Place): Promise<{ transaction: KnownTransaction | null }> {
    return { transaction: await this.shell.read(place) };
  }

  @Answers(participantOperations.recover)
  async recover(place: Place): Promise<{ transaction: KnownTransaction | null; started: boolean }> {
    const started = this.shell.recover(place);
    return { transaction: await this.shell.read(place), started };
  }

  @Answers(participantOperations.page)
  async page(request: PageRequest): Promise<{ items: KnownTransaction[] }> {
    return { items: await this.shell.tell((catalogue) => catalogue.page(request)) };
  }

  @AnswersAs(namedParticipantOperations.ledger)
  async ledger({
    book,
    offset,
  }: {
    book: string;
    offset: number;
  }): Promise<{ text: string | null; next: number | null }> {
    return (await this.shell.ledgers.get(book)?.read(offset)) ?? { text: null, next: null };
  }

  @AnswersAs(namedParticipantOperations.digest)
  async digest({ book, line }: { book: string; line: number }): Promise<{ lines: number; digest: string | null }> {
    const ledger = this.shell.ledgers.get(book);
    const mark = await ledger?.markAt(line);
    return { lines: ledger?.length ?? 0, digest: mark?.digest ?? (line === 0 ? CHAIN_START : null) };
  }

  @Hears(facts.alive)
  alive(alive: Alive): void {
    this.shell.submit({ type: 'alive-heard', alive });
  }

  @Hears(facts.called)
  called(): void {
    this.heartbeat.called();
  }
}
