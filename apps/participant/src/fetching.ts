// Asks the other nodes for transactions that are decided there. Who they are, and how many can be expected to answer, is
// learned from their heartbeats.
import { FETCH_MS, believe, fetchDelayMs } from '@parley/commit';
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

/** The part of a pino logger that is needed. */
interface Log {
  error(fields: object, message: string): void;
}

export interface FetchingOptions {
  readonly bus: Pick<Bus, 'gather'>;
  /** Name of this node: its own answer comes too, and is left out. */
  readonly node: string;
  readonly timeouts: Timeouts;
  readonly log: Log;
  /** What the others tell is taken up, and the ask for the book is over. */
  readonly fetched: (book: string, transactions: readonly DecidedTransaction[]) => void;
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
    const replies: { from: string; decided: readonly DecidedTransaction[] }[] = [];
    await this.gather(ranges, ({ from, decided }) => void replies.push({ from: from.name, decided }));
    const { transactions, disputed } = believe(replies, this.coordinator);
    if (disputed.length > 0) this.options.log.error({ disputed }, 'the others tell different lines');
    this.options.fetched(book, transactions);
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
