// A coordinator that answers as its contract says and does nothing by itself: a test decides what it knows.
import { createHash } from 'node:crypto';
import { Controller } from '@nestjs/common';
import {
  coordinatorOperations,
  facts,
  newestFirst,
  type BeginRequest,
  type BeginResult,
  type Book,
  type DatedDecision,
  type KnownTransaction,
  type Member,
  type PageRequest,
  type Place,
} from '@parley/contracts';
import { Answers, Hears, type Bus } from '@parley/messaging';
import { stateOf } from '../merge.js';
import { serve } from './served.js';

type Proposed = BeginRequest['proposals'][number];

const waits = { voteRequestMs: 10_000, voteMs: 5_000, acknowledgementMs: 5_000, decisionMs: 2_000 };

export class ScriptedCoordinator {
  readonly known: KnownTransaction[] = [];
  /** How many proposals each begin request carried. */
  readonly batches: number[] = [];
  readonly proposed: Proposed[] = [];
  /** What the next begin requests are answered; by default each proposal is begun. */
  onBegin: (proposals: readonly Proposed[]) => BeginResult[] | Promise<BeginResult[]> = (proposals) =>
    proposals.map((proposal) => this.begun(proposal));
  readonly books: Book[] = [];
  /** Whether decided transactions are kept, or only that they were decided. */
  keepsDecided = true;
  /** Whether a ballot is started when it is asked to recover. */
  starts = false;
  /** What still needs a participant, by name. Who is not in it has left; who is not listed is not known. */
  readonly needed = new Map<string, string[]>();
  /** Who was told to leave, and who has left since: as it announces. */
  readonly leaving = new Set<string>();
  readonly left = new Set<string>();
  private serving: { close(): Promise<void> } | undefined;
  private announcing: NodeJS.Timeout | undefined;

  constructor(
    private readonly bus: Bus,
    private readonly list: readonly Member[],
  ) {}

  /** Serves, and announces itself every second as a coordinator does. */
  async start(): Promise<void> {
    this.serving = await serve(this.bus, 'coordinator', controllerOf(this));
    this.announcing = setInterval(() => this.announce(), 1_000);
    this.announce();
  }

  async stop(): Promise<void> {
    clearInterval(this.announcing);
    await this.serving?.close();
    this.serving = undefined;
  }

  announce(): void {
    const participants = this.list.map(({ name }) => name).filter((name) => !this.left.has(name));
    this.bus.publish(facts.alive, {
      service: 'coordinator',
      node: 'coordinator',
      nonce: 'c'.repeat(32),
      participants,
      leaving: participants.filter((name) => this.leaving.has(name)),
      needed: participants.length,
    });
  }

  begun({ idempotency, timeouts, protocol = 'e3pc', votes = 'automatic', ...proposal }: Proposed): BeginResult {
    const number = this.known.filter(({ begin }) => begin.book === proposal.book).length + 1;
    const transaction: KnownTransaction = {
      begin: {
        ...proposal,
        number,
        digest: createHash('sha256').update(proposal.value).digest('base64url'),
        protocol,
        votes,
        timeouts: { ...waits, ...timeouts } as typeof waits,
        createdAt: Date.now(),
        ...(idempotency && { idempotency }),
      },
      list: [...this.list],
      decision: null,
    };
    this.known.push(transaction);
    return { ok: true, repeated: false, transaction };
  }

  find({ book, number }: Place): KnownTransaction | undefined {
    return this.known.find(({ begin }) => begin.book === book && begin.number === number);
  }

  isListed(participant: string): boolean {
    return this.list.some(({ name }) => name === participant);
  }

  decide(place: Place, decision: DatedDecision): void {
    const index = this.known.findIndex(({ begin }) => begin.book === place.book && begin.number === place.number);
    this.known[index] = { ...this.known[index]!, decision };
  }

  keeps({ decision }: KnownTransaction): boolean {
    return this.keepsDecided || decision === null;
  }

  page({ state, book, before, limit }: PageRequest): KnownTransaction[] {
    return this.known
      .filter((known) => this.keeps(known))
      .filter((known) => state === undefined || stateOf(known) === state)
      .filter(({ begin }) => book === undefined || begin.book === book)
      .filter(({ begin }) => before === undefined || newestFirst(before, begin) < 0)
      .sort((a, b) => newestFirst(a.begin, b.begin))
      .slice(0, limit);
  }
}

function controllerOf(coordinator: ScriptedCoordinator) {
  @Controller()
  class Coordinator {
    @Answers(coordinatorOperations.begin)
    async begin({ proposals }: BeginRequest): Promise<{ results: BeginResult[] }> {
      coordinator.batches.push(proposals.length);
      coordinator.proposed.push(...proposals);
      return { results: await coordinator.onBegin(proposals) };
    }

    @Answers(coordinatorOperations.read)
    read(place: Place): { transaction: KnownTransaction | null; recorded: boolean } {
      const known = coordinator.find(place) ?? null;
      const isKept = known !== null && coordinator.keeps(known);
      return { transaction: isKept ? known : null, recorded: known !== null && !isKept };
    }

    @Answers(coordinatorOperations.page)
    page(request: PageRequest): { items: KnownTransaction[]; openOnly: boolean } {
      return { items: coordinator.page(request), openOnly: !coordinator.keepsDecided };
    }

    @Answers(coordinatorOperations.recover)
    recover(place: Place): { transaction: KnownTransaction | null; started: boolean } {
      const transaction = coordinator.find(place) ?? null;
      return { transaction, started: transaction !== null && coordinator.starts };
    }

    @Answers(coordinatorOperations.books)
    books(): { items: Book[] } {
      return { items: coordinator.books };
    }

    @Answers(coordinatorOperations.leave)
    leave({ participant }: { participant: string }): { known: boolean; left: boolean; outstanding: string[] } {
      const outstanding = coordinator.needed.get(participant) ?? [];
      return { known: coordinator.isListed(participant), left: outstanding.length === 0, outstanding };
    }

    @Hears(facts.called)
    called(): void {
      coordinator.announce();
    }
  }
  return Coordinator;
}
