// Reads a stream from its beginning, then live, in order and once each, for as long as it is wanted: across losses of the
// broker, and of the stream, which is another one when it is made again. What was gone before it could be read is skipped,
// which shows in the sequence.
import { setTimeout as sleep } from 'node:timers/promises';
import { DeliverPolicy, jetstream, jetstreamManager, type ConsumerMessages, type JsMsg } from '@nats-io/jetstream';
import type { Logger } from 'pino';
import type { Link } from './link.js';

const requestMs = 2_000;
const retryMs = 500;

/** A message of a stream: where it stands, and what it says. */
export interface StreamMessage {
  /** 1, 2, 3 … in the order of the stream. */
  readonly sequence: number;
  /** What it was appended under: the last token of its subject. */
  readonly token: string;
  readonly payload: Uint8Array;
}

export const streamMessage = ({ seq, subject, data }: Pick<JsMsg, 'seq' | 'subject' | 'data'>): StreamMessage => ({
  sequence: seq,
  token: subject.slice(subject.lastIndexOf('.') + 1),
  payload: data,
});

export interface StreamListener {
  /**
   * Reading begins, or goes on: whatever the stream has up to the sequence `last` comes now; 0 when it has nothing. Another `stream` than before
   * means that the earlier one is lost, with what it had.
   */
  began(where: { readonly stream: string; readonly last: number }): void;
  message(message: StreamMessage): void;
  /** The stream cannot be read for now; `began` tells when it can again. */
  away(): void;
}

/** From where a stream is read: `after` a sequence of the `stream` that had it, or from its beginning when it is another one. */
export type ReadFrom = 'beginning' | 'now' | { readonly stream: string; readonly after: number };

interface ReaderOptions {
  readonly name: string;
  readonly link: Link;
  readonly log: Logger;
  /** Makes the stream when there is none. */
  readonly make: () => Promise<void>;
  readonly listener: StreamListener;
  readonly from: ReadFrom;
}

export class StreamReader {
  readonly #options: ReaderOptions;
  readonly #stopped = new AbortController();
  #reading: ConsumerMessages | undefined;
  #stream = '';
  #next = 1;
  #isReading = false;
  #told = '';

  constructor(options: ReaderOptions) {
    this.#options = options;
    // The stream may be another one after the broker was away, which its consumer would not notice.
    options.link.onConnection(() => this.#reading?.stop());
    void this.#run();
  }

  /** Reads no more. */
  stop(): void {
    this.#stopped.abort();
    this.#reading?.stop();
  }

  /** It was stopped, or its connection is being closed. */
  #isOver(): boolean {
    return this.#stopped.signal.aborted || this.#options.link.draining;
  }

  async #run(): Promise<void> {
    const { listener } = this.#options;
    while (!this.#isOver()) {
      try {
        await this.#read();
      } catch (error) {
        this.#tell(String(error));
      }
      if (this.#isOver()) return;
      if (this.#isReading) listener.away();
      this.#isReading = false;
      await sleep(retryMs, undefined, { signal: this.#stopped.signal }).catch(() => undefined);
    }
  }

  /** Resolves or rejects when it cannot go on as it is. */
  async #read(): Promise<void> {
    const { name, link, make, listener } = this.#options;
    if (!link.connected) return;
    await make();
    const manager = await jetstreamManager(link.connection, { checkAPI: false, timeout: requestMs });
    const { created, state } = await manager.streams.info(name);
    // Of a stream that has come in the place of another everything is new.
    if (created !== this.#stream) this.#next = this.#stream === '' ? this.#first(created, state.last_seq) : 1;
    this.#stream = created;
    const consumer = await jetstream(link.connection, { timeout: requestMs }).consumers.get(name, {
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: this.#next,
    });
    this.#reading = await consumer.consume({ abort_on_missing_resource: true });
    if (this.#isOver()) {
      this.#reading.stop();
      return;
    }
    this.#told = '';
    this.#isReading = true;
    listener.began({ stream: created, last: state.messages === 0 ? 0 : state.last_seq });
    for await (const message of this.#reading) this.#take(message);
  }

  #first(stream: string, last: number): number {
    const { from } = this.#options;
    if (from === 'now') return last + 1;
    return from === 'beginning' || from.stream !== stream ? 1 : from.after + 1;
  }

  #take(message: JsMsg): void {
    if (this.#isOver()) return;
    this.#next = message.seq + 1;
    try {
      this.#options.listener.message(streamMessage(message));
    } catch (defect) {
      queueMicrotask(() => {
        throw defect;
      });
    }
  }

  #tell(reason: string): void {
    if (reason === this.#told) return;
    this.#told = reason;
    this.#options.log.warn({ stream: this.#options.name, reason }, 'the stream cannot be read for now');
  }
}
