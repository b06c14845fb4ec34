// All that the coordinator hears.
import { Controller } from '@nestjs/common';
import {
  coordinatorOperations,
  facts,
  participantOperations,
  type Alive,
  type BeginRequest,
  type BeginResult,
  type Book,
  type Decided,
  type Departure,
  type FetchReply,
  type FetchRequest,
  type KnownTransaction,
  type PageRequest,
  type Place,
} from '@parley/contracts';
import { Answers, Hears } from '@parley/messaging';
import { announcedIn, Heartbeat } from '@parley/shell';
import { Beginnings } from './begin.js';
import { CoordinatorShell } from './coordinator.shell.js';

@Controller()
export class CoordinatorController {
  constructor(
    private readonly shell: CoordinatorShell,
    private readonly beginnings: Beginnings,
    private readonly heartbeat: Heartbeat,
  ) {}

  @Answers(coordinatorOperations.begin)
  async begin({ proposals }: BeginRequest): Promise<{ results: BeginResult[] }> {
    return { results: await this.beginnings.begin(proposals) };
  }

  @Answers(coordinatorOperations.read)
  async read(place: Place): Promise<{ transaction: KnownTransaction | null; recorded: boolean }> {
    const transaction = await this.shell.read(place);
    return { transaction, recorded: transaction === null && this.shell.wasGiven(place) };
  }

  @Answers(coordinatorOperations.leave)
  async leave({ participant }: { participant: string }): Promise<Departure> {
    const { known, left, outstanding } = await this.shell.leave(participant);
    return { known, left, outstanding: [...outstanding] };
  }

  @Answers(coordinatorOperations.page)
  async page(request: PageRequest): Promise<{ items: KnownTransaction[]; openOnly: boolean; end: boolean }> {
    const items = await this.shell.tell((catalogue) => catalogue.page(request));
    const last = items.at(-1)?.begin;
    const before = last && { createdAt: last.createdAt, book: last.book, number: last.number };
    const rest = before && (await this.shell.tell((catalogue) => catalogue.page({ ...request, before, limit: 1 })));
    return {
      items: items.map((known) => this.shell.withPhase(known)),
      openOnly: !this.shell.keepsAll,
      end: rest === undefined || rest.length === 0,
    };
  }

  @Answers(coordinatorOperations.recover)
  async recover(place: Place): Promise<{ transaction: KnownTransaction | null; started: boolean }> {
    const started = this.shell.recover(place);
    return { transaction: await this.shell.read(place), started };
  }

  @Answers(coordinatorOperations.books)
  books(): { items: Book[] } {
    return { items: this.shell.books };
  }

  /** What it aborted alone, perhaps only it knows. */
  @Answers(participantOperations.fetch)
  async fetch({ ranges }: FetchRequest): Promise<FetchReply> {
    const decided = await this.shell.tell((catalogue) => catalogue.decided(ranges));
    return { from: this.shell.self, decided, marks: this.shell.marks(ranges) };
  }

  @Hears(facts.decided)
  decided(fact: Decided): void {
    this.shell.submit({ type: 'decided', transactions: announcedIn(fact) });
  }

  @Hears(facts.diverged)
  diverged({ book }: Place): void {
    this.shell.submit({ type: 'diverged', book });
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
