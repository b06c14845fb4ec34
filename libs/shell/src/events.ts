// What a node tells of the protocol for whoever watches: the port through which events leave the process. Telling never
// waits and never fails: events are kept within bounds, sent in batches to the stream on the broker, and what there is no
// room for is counted, and told when there is room again. Nothing rests on them.
import { eventStream, type EventContent, type ProtocolEvent } from '@parley/contracts';
import { BusError, Stream, type Bus } from '@parley/messaging';

/** Time from one batch to the next, ms. What comes after a longer silence is sent at once. */
const GATHER_MS = 250;
/** How long to wait when the stream could not be appended to, ms. */
const RETRY_MS = 1_000;
/** A batch is sent when it has this many bytes; one event may make it larger. */
const BATCH_BYTES = 256 * 1024;
/** Most that is kept while it cannot be sent: an event counts one, and one for each transaction that it concerns. */
const KEPT_AT_MOST = 20_000;
/** How long the last events may take at an orderly stop, ms. */
const FINISH_MS = 500;

/** The part of a pino logger that is needed. */
interface Log {
  info(message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface EventsOptions {
  readonly node: string;
  /** The clocks of this process take a step; what they show then. */
  readonly happened: Bus['happened'];
  /** Appends a batch to the stream. The same `id` is stored once. Rejects with a BusError. */
  readonly append: (payload: Uint8Array, id: string) => Promise<void>;
  readonly now: () => number;
  readonly log: Log;
}

/** An event that is not stored yet. */
interface Kept {
  readonly id: string;
  /** As JSON. */
  readonly text: string;
  readonly weight: number;
}

interface Batch {
  readonly id: string;
  readonly payload: Uint8Array;
  readonly events: number;
}

export class Events {
  private readonly kept: Kept[] = [];
  private weight = 0;
  private dropped = 0;
  private sending: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private isAway = false;
  private isClosed = false;
  private lastSentAt = -Infinity;
  private readonly encoder = new TextEncoder();

  /** The events of a node, to the stream on the broker. */
  static on(bus: Bus, node: string, log: Log): Events {
    const stream = new Stream(bus, eventStream);
    const append = (payload: Uint8Array, id: string): Promise<void> => stream.append(node, payload, id);
    return new Events({ node, happened: () => bus.happened(), append, now: Date.now, log });
  }

  constructor(private readonly options: EventsOptions) {}

  /** Tells what happens now in this process. */
  tell(content: EventContent): void {
    if (this.isClosed) return;
    if (this.weight + weightOf(content) > KEPT_AT_MOST) {
      this.dropped += 1;
      return;
    }
    if (this.dropped > 0) {
      const count = this.dropped;
      this.dropped = 0;
      this.options.log.warn({ count }, 'events were dropped: the stream did not take them in time');
      this.keep({ type: 'events.dropped', count, transactions: [] });
    }
    this.keep(content);
    this.sendSoon();
  }

  /** Sends what is left, for a short time, and takes nothing more. */
  async close(): Promise<void> {
    this.isClosed = true;
    clearTimeout(this.timer);
    const deadline = new Promise<void>((resolve) => setTimeout(resolve, FINISH_MS).unref());
    const rest = (async () => {
      await this.sending;
      while (this.kept.length > 0 && !this.isAway) await this.sendBatch();
    })();
    await Promise.race([rest, deadline]);
  }

  private keep(content: EventContent): void {
    const { node, now, happened } = this.options;
    const { lamport, entry, vector } = happened();
    const id = `${node}-${String(entry)}`;
    const own = { id, node, at: now(), lamport } satisfies Partial<ProtocolEvent>;
    // The vector is JSON already, and an object made of all would be made for its text alone.
    const text = `${JSON.stringify(own).slice(0, -1)},"vector":${vector},${JSON.stringify(content).slice(1)}`;
    const weight = weightOf(content);
    this.kept.push({ id, text, weight });
    this.weight += weight;
  }

  /** One batch is under way at a time, so that they stay in order. */
  private sendSoon(): void {
    if (this.sending !== undefined || this.timer !== undefined) return;
    const waitMs = this.isAway ? RETRY_MS : Math.max(0, this.lastSentAt + GATHER_MS - performance.now());
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.lastSentAt = performance.now();
      this.sending = this.sendBatch().then(() => {
        this.sending = undefined;
        if (this.kept.length > 0 && !this.isClosed) this.sendSoon();
      });
    }, waitMs).unref();
  }

  /** Sends the first events that are kept. When that fails they stay kept, unless nobody will ever take them. */
  private async sendBatch(): Promise<void> {
    const batch = this.batch();
    try {
      await this.options.append(batch.payload, batch.id);
      this.forget(batch.events);
      if (this.isAway) this.options.log.info('events are told again');
      this.isAway = false;
    } catch (error) {
      if (!(error instanceof BusError)) throw error;
      if (error.code === 'too-large') {
        this.options.log.error({ err: error }, 'events were dropped: they are larger than the broker takes');
        this.forget(batch.events);
        this.dropped += batch.events;
        return;
      }
      if (!this.isAway) this.options.log.warn({ reason: error.message }, 'events wait: the stream does not take them');
      this.isAway = true;
    }
  }

  private batch(): Batch {
    const texts: string[] = [];
    let bytes = 0;
    for (const { text } of this.kept) {
      // Events hold names and numbers only, so characters are bytes.
      if (texts.length > 0 && bytes + text.length > BATCH_BYTES) break;
      bytes += text.length;
      texts.push(text);
    }
    // The number belongs to the id: after a failure more may have been kept, and what is not stored yet must not be lost.
    const id = `${this.kept[0]?.id ?? ''}+${String(texts.length)}`;
    return { id, payload: this.encoder.encode(`{"events":[${texts.join(',')}]}`), events: texts.length };
  }

  private forget(events: number): void {
    for (const { weight } of this.kept.splice(0, events)) this.weight -= weight;
  }
}

const weightOf = ({ transactions }: Pick<EventContent, 'transactions'>): number => 1 + transactions.length;
