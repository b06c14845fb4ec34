// One client's stream of server-sent events (WHATWG HTML, section 9.2). It has a place in the feed and reads on from there
// as fast as the client takes it: nothing is kept for a slow client but its place. One that had caught up and falls behind
// by more than a bound is closed; it can go on from its last event's id.
import { Readable } from 'node:stream';
import type { EventGap, ProtocolEvent } from '@parley/contracts';
import type { Batch, EventFeed, FeedWatcher } from './feed.js';
import { placeText, type EventPlace } from './place.js';
import { about, observed } from './sentence.js';

const HEARTBEAT_MS = 15_000;
/** How far a client may fall behind once it had caught up, bytes of the feed. */
const BEHIND_AT_MOST = 1024 * 1024;
/** Batches that are looked through in one turn of the event loop. */
const TURN = 64;

export type Start = 'now' | 'beginning' | 'invalid' | EventPlace;

export interface EventStreamOptions {
  readonly feed: EventFeed;
  readonly start: Start;
  /** Only what concerns this transaction. */
  readonly transaction?: string | undefined;
  /** Sent first, whatever the feed has. */
  readonly opening?: { readonly type: string; readonly data: object };
  /** Is told each event that is sent, once the stream is live. */
  readonly onLive?: (event: ProtocolEvent) => void;
  readonly behindAtMost?: number;
}

const gapTexts: Readonly<Record<EventGap['reason'], string>> = {
  expired: 'events have left the stream before they could be sent',
  lost: 'the broker has lost its stream of events, and with it what was not sent yet',
  invalid: 'the place to go on from is none that an answer gave: what follows begins where it would without',
};

export class EventStream extends Readable implements FeedWatcher {
  private readonly watching: { leave(): void };
  private readonly heartbeat: NodeJS.Timeout;
  private stream = '';
  /** The next batch to read, and how many of its events were sent before; 0 until the feed is ready. */
  private next = 0;
  private skip = 0;
  private isLive = false;
  private isWanted = false;
  private isScheduled = false;
  private isOver = false;

  constructor(private readonly options: EventStreamOptions) {
    super({ highWaterMark: 64 * 1024 });
    // Sent at once, so that the client sees that it is connected.
    this.put(': connected\n\n');
    if (options.opening) this.tell(options.opening.type, options.opening.data);
    this.heartbeat = setInterval(() => this.put(': still here\n\n'), HEARTBEAT_MS).unref();
    this.watching = options.feed.watch(this);
  }

  /** Sends an event that does not come from the feed. */
  tell(type: string, data: object): void {
    this.put(`event: ${type}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  override _read(): void {
    this.isWanted = true;
    this.goOn();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    clearInterval(this.heartbeat);
    this.watching.leave();
    callback(error);
  }

  ready(): void {
    const { feed } = this.options;
    if (this.next === 0) this.begin();
    else if (feed.stream !== this.stream) {
      this.gap('lost');
      this.next = feed.batches.first;
      this.skip = 0;
    }
    this.stream = feed.stream;
    this.goOn();
  }

  arrived(): void {
    const { feed, behindAtMost = BEHIND_AT_MOST } = this.options;
    if (this.isWanted) this.goOn();
    else if (this.isLive && feed.batches.bytesFrom(this.next) > behindAtMost) this.destroy();
  }

  away(): void {
    this.tell('away', { text: 'the stream of events cannot be read for now; it goes on here when it can' });
  }

  ended(): void {
    this.isOver = true;
    clearInterval(this.heartbeat);
    this.push(null);
  }

  /** Whether the client takes more at once. Nothing is written after the end, which the client may not have read yet. */
  private put(text: string): boolean {
    return !this.isOver && !this.destroyed && this.push(text);
  }

  private begin(): void {
    const { feed, start, transaction } = this.options;
    const { first, last } = feed.batches;
    if (start === 'invalid') this.gap('invalid');
    if (start === 'now' || start === 'invalid' || start === 'beginning') {
      // Of one transaction all is told: that is little.
      this.next = start === 'beginning' || transaction !== undefined ? first : last + 1;
      return;
    }
    const isSame = start.stream === feed.stream && start.sequence <= last;
    if (!isSame) this.gap('lost');
    this.next = isSame ? start.sequence : first;
    this.skip = isSame ? start.index + 1 : 0;
  }

  /** Sends what the feed has, until the client wants no more for now. */
  private goOn(): void {
    if (this.next === 0 || this.isScheduled || this.destroyed) return;
    for (let turn = 0; this.isWanted; turn += 1) {
      const batch = this.options.feed.batches.from(this.next);
      if (!batch) {
        this.isLive = true;
        return;
      }
      if (turn === TURN) {
        this.goOnLater();
        return;
      }
      if (batch.sequence > this.next) {
        this.gap('expired');
        this.skip = 0;
      }
      this.next = batch.sequence + 1;
      this.send(batch);
      this.skip = 0;
    }
  }

  private goOnLater(): void {
    this.isScheduled = true;
    setImmediate(() => {
      this.isScheduled = false;
      this.goOn();
    });
  }

  private send(batch: Batch): void {
    const { transaction, onLive } = this.options;
    if (transaction !== undefined && !mentions(batch, transaction)) return;
    let frames = '';
    batch.events().forEach((event, index) => {
      const told = transaction === undefined ? event : about(event, transaction);
      if (told === undefined || index < this.skip) return;
      const id = placeText({ stream: this.stream, sequence: batch.sequence, index });
      frames += `id: ${id}\nevent: ${told.type}\ndata: ${JSON.stringify(observed(told))}\n\n`;
      if (this.isLive) onLive?.(told);
    });
    if (frames !== '') this.isWanted = this.put(frames);
  }

  private gap(reason: EventGap['reason']): void {
    this.tell('gap', { reason, text: gapTexts[reason] } satisfies EventGap);
  }
}

/** Looks at the bytes, which costs little, so that only batches with something about the transaction are parsed. */
const mentions = ({ payload }: Batch, transaction: string): boolean =>
  Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).includes(`"${transaction}"`);
