// Asks the other nodes for transactions that are decided there. Who they are, and how many can be expected to answer, is
// learned from their heartbeats.
import { nextDigest } from '@parley/catalogue';
import { FETCH_MS, fetchDelayMs, linked, type FetchedFrom } from '@parley/commit';
import {
  participantOperations,
  type Alive,
  type DecidedTransaction,
  type FetchReply,
  type NumberRange,
  type Place,
  type Timeouts,
} from '@parley/contracts';
import type { Bus } from '@parley/messaging';

/** A node that was not heard of for so long, in ms, is not waited for. */
const LIVE_MS = 3_000;

export interface FetchingOptions {
  readonly bus: Pick<Bus, 'gather'>;
  /** Name of this node: its own answer comes too, and is left out. */
  readonly node: string;
  readonly timeouts: Timeouts;
  /** The ask for the book is over; this is what the others, and the node called `coordinator`, have told. */
  readonly fetched: (book: string, told: { coordinator: string; replies: readonly FetchedFrom[] }) => void;
}

export class Fetching {
  private readonly timers = new Set<NodeJS.Timeout>();
  /** When each other node was last heard of, ms since the epoch. */
  private readonly seenAt = new Map<string, number>();
  /** The coordinator's name as a node, once it was heard. */
  private coordinator = '';

  constructor(private readonly options: FetchingOptions) {}

  hear({ node, service }: Pick<Alive, 'node' | 'service'>): void {
    this.seenAt.set(node, Date.now());
    if (service === 'coordinator') this.coordinator = node;
  }

  /** Asks for ranges of a book, later when earlier asks brought nothing. */
  ask({ book, fruitless, ranges }: { book: string; fruitless: number; ranges: readonly NumberRange[] }): void {
    const timer = setTimeout(
      () => {
        this.timers.delete(timer);
        void this.fetch(book, ranges);
      },
      fetchDelayMs(fruitless, this.options.timeouts, Math.random()),
    );
    this.timers.add(timer);
  }

  /** What the others hold of one transaction, by their names. */
  async one({ book, number }: Place): Promise<Map<string, DecidedTransaction>> {
    const found = new Map<string, DecidedTransaction>();
    await this.gather([{ book, first: number, last: number }], ({ from, decided }) => {
      for (const transaction of decided) found.set(from.name, transaction);
    });
    return found;
  }

  /** Asks for nothing more. */
  stop(): void {
    this.timers.forEach((timer) => clearTimeout(timer));
  }

  private async fetch(book: string, ranges: readonly NumberRange[]): Promise<void> {
    const replies: FetchedFrom[] = [];
    await this.gather(
      ranges,
      ({ from, ...told }) => void replies.push(linked({ from: from.name, ...told }, nextDigest)),
    );
    this.options.fetched(book, { coordinator: this.coordinator, replies });
  }

  private gather(ranges: readonly NumberRange[], onReply: (reply: FetchReply) => void): Promise<void> {
    const { bus, node } = this.options;
    return bus.gather(
      participantOperations.fetch,
      { from: node, ranges: [...ranges] },
      {
        timeoutMs: FETCH_MS,
        // Its own answer comes too.
        expected: this.livePeers + 1,
        onReply: (reply) => {
          if (reply.from.name !== node) onReply(reply);
        },
      },
    );
  }

  /** How many other nodes can be expected to answer. */
  private get livePeers(): number {
    const since = Date.now() - LIVE_MS;
    return [...this.seenAt.values()].filter((seenAt) => seenAt > since).length;
  }
}
