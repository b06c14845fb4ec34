// The stream of events as this gateway has it: read once, however many watch, and only while somebody does. The last
// messages are kept as they came, as many bytes as the stream itself may have, so that who comes later, or falls behind,
// reads here what the stream has.
import { eventStream, type ProtocolEvent } from '@parley/contracts';
import type { StreamListener, StreamMessage, StreamReader } from '@parley/messaging';
import type { Logger } from 'pino';
import { Ring, type RingEntry } from './ring.js';

/** How long the stream is still read when nobody watches any more, ms. */
const LINGER_MS = 60_000;
/** Batches whose events are kept parsed for all who are up to date. */
const PARSED_AT_MOST = 16;

export interface Batch extends RingEntry {
  /** Events of this batch, parsed when they are first asked for. */
  events(): readonly ProtocolEvent[];
}

/** Who watches the feed. */
export interface FeedWatcher {
  /** The feed has all that the stream had; also again, after a loss. */
  ready(): void;
  /** The feed has one batch more. */
  arrived(): void;
  /** The stream cannot be read for now. */
  away(): void;
  /** The feed ends, and with it whoever watches. */
  ended(): void;
}

export class EventFeed implements StreamListener {
  readonly batches: Ring<Batch>;
  private readonly watchers = new Set<FeedWatcher>();
  private readonly parsed: ParsedBatch[] = [];
  private reader: StreamReader | undefined;
  private lingering: NodeJS.Timeout | undefined;
  private created = '';
  private readyFrom = Infinity;
  private isStopped = false;

  /** @param open begins to read the stream */
  constructor(
    private readonly open: (listener: StreamListener) => StreamReader,
    private readonly log: Logger,
    maxBytes: number = eventStream.maxBytes,
  ) {
    this.batches = new Ring(maxBytes);
  }

  /** Names the stream: another one after the broker has lost it. Empty while it was not read yet. */
  get stream(): string {
    return this.created;
  }

  /** Whether all that the stream had when it was opened is here, and it is read now. */
  get isReady(): boolean {
    return this.batches.last >= this.readyFrom;
  }

  /** Watches until `leave`. */
  watch(watcher: FeedWatcher): { leave(): void } {
    if (this.isStopped) {
      watcher.ended();
      return { leave: () => undefined };
    }
    this.watchers.add(watcher);
    clearTimeout(this.lingering);
    this.reader ??= this.open(this);
    if (this.isReady) watcher.ready();
    return { leave: () => this.leave(watcher) };
  }

  /** Ends whoever watches. Who comes later is ended at once. */
  stop(): void {
    this.isStopped = true;
    this.close();
    for (const watcher of [...this.watchers]) watcher.ended();
  }

  began({ stream, last }: { stream: string; last: number }): void {
    const created = Date.parse(stream).toString(36);
    if (created !== this.created) this.batches.clear();
    this.created = created;
    // What has left the stream between its first message and the asking for it does not come.
    this.readyFrom = last;
    this.tellIfReady();
  }

  message({ sequence, payload }: StreamMessage): void {
    const wasReady: boolean = this.isReady;
    const batch = new ParsedBatch(sequence, payload, (reason) =>
      this.log.warn({ sequence, reason }, 'ignored a message in the stream of events'),
    );
    this.batches.push(batch);
    this.parsed.push(batch);
    if (this.parsed.length > PARSED_AT_MOST) this.parsed.shift()?.forget();
    if (wasReady) for (const watcher of this.watchers) watcher.arrived();
    else this.tellIfReady();
  }

  away(): void {
    this.readyFrom = Infinity;
    for (const watcher of this.watchers) watcher.away();
  }

  private tellIfReady(): void {
    if (this.isReady) for (const watcher of this.watchers) watcher.ready();
  }

  private leave(watcher: FeedWatcher): void {
    this.watchers.delete(watcher);
    if (this.watchers.size > 0) return;
    clearTimeout(this.lingering);
    this.lingering = setTimeout(() => this.close(), LINGER_MS).unref();
  }

  private close(): void {
    clearTimeout(this.lingering);
    this.reader?.stop();
    this.reader = undefined;
    this.readyFrom = Infinity;
    this.created = '';
    this.batches.clear();
    this.parsed.length = 0;
  }
}

class ParsedBatch implements Batch {
  private known: readonly ProtocolEvent[] | undefined;

  constructor(
    readonly sequence: number,
    readonly payload: Uint8Array,
    private readonly refused: (reason: string) => void,
  ) {}

  events(): readonly ProtocolEvent[] {
    return (this.known ??= this.parse());
  }

  /** Keeps the bytes alone. */
  forget(): void {
    this.known = undefined;
  }

  private parse(): readonly ProtocolEvent[] {
    let json: unknown;
    try {
      json = JSON.parse(new TextDecoder().decode(this.payload));
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
    const result = eventStream.body.safeParse(json);
    if (result.success) return result.data.events;
    this.refused(result.error.issues[0]?.message ?? 'it does not parse');
    return [];
  }
}
