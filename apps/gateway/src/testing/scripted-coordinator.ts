// A coordinator that answers as its contract says and does nothing by itself: a test decides what it knows.
import { createHash } from 'node:crypto';
import { Controller } from '@nestjs/common';
import {
  coordinatorOperations,
  facts,
  newestFirst,
  type BeginRequest,
  type BeginResult,
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
    const participants = this.list.map(({ name }) => name);
    const nonce = 'c'.repeat(32);
    this.bus.publish(facts.alive, { service: 'coordinator', node: 'coordinator', nonce, participants });
  }

  begun({ idempotency, timeouts, ...proposal }: Proposed): BeginResult {
    const number = this.known.filter(({ begin }) => begin.book === proposal.book).length + 1;
    const transaction: KnownTransaction = {
      begin: {
        ...proposal,
        number,
        digest: createHash('sha256').update(proposal.value).digest('base64url'),
        protocol: 'e3pc',
        votes: 'automatic',
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

  decide(place: Place, decision: DatedDecision): void {
    const index = this.known.findIndex(({ begin }) => begin.book === place.book && begin.number === place.number);
    this.known[index] = { ...this.known[index]!, decision };
  }

  page({ state, book, before, limit }: PageRequest): KnownTransaction[] {
    return this.known
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
    read(place: Place): { transaction: KnownTransaction | null } {
      return { transaction: coordinator.find(place) ?? null };
    }

    @Answers(coordinatorOperations.page)
    page(request: PageRequest): { items: KnownTransaction[] } {
      return { items: coordinator.page(request) };
    }

    @Hears(facts.called)
    called(): void {
      coordinator.announce();
    }
  }
  return Coordinator;
}
