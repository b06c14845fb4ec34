// The story of one transaction as a client is sent it: its state at the beginning and at each change, between the events
// about it. A change is seen by what participants tell of their ledgers, and looked up when an event says that there is one.
import type { KnownTransaction, Place, ProtocolEvent, ProtocolEventType } from '@parley/contracts';
import type { Logger } from 'pino';
import type { Growths } from '../growths.js';
import { ProblemError } from '../http/problem.js';
import type { TransactionReads } from '../transaction-reads.js';
import type { TransactionViews } from '../views.js';
import { EventStream, type EventStreamOptions } from './event-stream.js';

/** Where what is told of a transaction comes from. */
export class StorySources {
  constructor(
    readonly reads: Pick<TransactionReads, 'find'>,
    readonly views: TransactionViews,
    readonly growths: Growths,
    readonly log: Logger,
  ) {}
}

/** After these a transaction may be in another state or phase. */
const changing: ReadonlySet<ProtocolEventType> = new Set([
  'votes.asked',
  'proposal.made',
  'recovery.begun',
  'decision.announced',
]);

export class TransactionStory {
  private readonly told = new Set<string>();
  private reading: Promise<void> | undefined;
  private isStale = false;

  private constructor(
    private readonly sources: StorySources,
    private readonly correlation: string,
    private known: KnownTransaction,
  ) {}

  /** @throws ProblemError when there is no such transaction, or nobody can be asked */
  static async open(
    sources: StorySources,
    place: Place,
    correlation: string,
    options: Pick<EventStreamOptions, 'feed' | 'start'>,
  ): Promise<EventStream> {
    const known = await sources.reads.find(place, correlation);
    return new TransactionStory(sources, correlation, known).begin(options);
  }

  private begin(options: Pick<EventStreamOptions, 'feed' | 'start'>): EventStream {
    const { book, number } = this.known.begin;
    const opening = this.change();
    const stream = new EventStream({
      ...options,
      transaction: `${book}-${String(number)}`,
      ...(opening && { opening: { type: 'state', data: opening } }),
      onLive: (event) => this.heard(event, stream),
    });
    const growths = this.sources.growths.listen((grown) => {
      if (grown.some((growth) => growth.book === book && growth.lines >= number)) this.tell(stream);
    });
    stream.once('close', () => growths.stop());
    // Lines may have been written while the transaction was read.
    this.tell(stream);
    return stream;
  }

  private heard({ type }: ProtocolEvent, stream: EventStream): void {
    if (!changing.has(type) || this.known.decision !== null) return;
    this.isStale = true;
    this.reading ??= this.read(stream).finally(() => (this.reading = undefined));
  }

  private async read(stream: EventStream): Promise<void> {
    while (this.isStale && !stream.destroyed) {
      this.isStale = false;
      try {
        this.known = await this.sources.reads.find(this.known.begin, this.correlation);
        this.tell(stream);
      } catch (error) {
        if (!(error instanceof ProblemError)) throw error;
        // Its next event, or the line in a ledger, brings the state again.
        this.sources.log.debug({ correlation: this.correlation, reason: error.message }, 'a state could not be read');
      }
    }
  }

  private tell(stream: EventStream): void {
    const change = this.change();
    if (change) stream.tell('state', change);
  }

  /** The transaction as clients see it, if it has not been told in this state before. */
  private change(): object | undefined {
    const view = this.sources.views.of(this.known);
    const { state, phase, applied } = view;
    const key = JSON.stringify([state, phase, applied]);
    if (this.told.has(key)) return undefined;
    this.told.add(key);
    return view;
  }
}
