// The record of all direct messages, as the store has it, followed by this replica; and the way to append to it.
//
// Any replica appends: under the subject of who does something, and only if he has done nothing after the last that this
// replica has applied. Who was overtaken applies what came first and decides anew. Everything is applied in the order of the
// stream, what was appended here too, because places in it are places in everybody's inbox.
import { directEvent, directStream, personOf, type DirectEvent, type Party } from '@parley/contracts';
import { BusError, Refusal, Stream, type Bus, type StreamListener, type StreamMessage } from '@parley/messaging';
import type { Logger } from 'pino';
import { Progress, READ_MS } from '../progress.js';
import type { ReplicaClock } from '../replica-clock.js';
import { storeRefusal } from '../store.js';
import type { DirectEventContent } from './commands.js';
import { Post } from './post.js';

/** An event where it stands. */
export interface Placed {
  readonly sequence: number;
  readonly event: DirectEvent;
}

export class DirectRecord implements StreamListener {
  readonly post = new Post();
  readonly progress = new Progress('the record of direct messages');
  private readonly stream: Stream<typeof directStream>;
  private reader: { stop(): void } | undefined;
  /** Which stream is read; another one when it was lost. */
  private incarnation = '';
  /** The last sequence that was read. */
  private readTo = 0;
  /** Up to here it is to be read before anything is appended: all that this replica had done before it was restarted. */
  private past = Infinity;
  private readonly pastIsRead: () => void;

  constructor(
    bus: Bus,
    private readonly clock: ReplicaClock,
    private readonly log: Logger,
  ) {
    this.stream = new Stream(bus, directStream);
    this.pastIsRead = clock.awaits();
  }

  start(): void {
    this.reader = this.stream.read(this);
  }

  stop(): void {
    this.reader?.stop();
  }

  /** How far the record is known. */
  get last(): number {
    return this.readTo;
  }

  /** When the record began: another one is another record. */
  get epoch(): number {
    return Date.parse(this.incarnation);
  }

  began({ stream, last }: { stream: string; last: number }): void {
    this.past = last;
    if (stream !== this.incarnation) {
      if (this.incarnation !== '')
        this.log.error('the store has lost the record of direct messages: another one begins');
      this.incarnation = stream;
      this.post.clear();
      this.readTo = 0;
    }
    this.made();
  }

  message(message: StreamMessage): void {
    const { sequence, token } = message;
    const event = this.parsed(message);
    if (event) {
      this.clock.receive(event);
      this.post.apply(event, sequence);
    } else this.post.skip(token, sequence);
    this.readTo = sequence;
    this.made();
  }

  away(): void {
    // Nothing has changed but that nothing new comes; who waits has a limit.
  }

  /**
   * Resolves when everything is applied that was stored before this was called.
   *
   * @throws Refusal `broker-unreachable`
   */
  async current(): Promise<void> {
    const last = await this.ask(() => this.stream.last());
    await this.progress.until(() => this.readTo >= last);
  }

  /**
   * Makes something happen, if whoever does it has done nothing else meanwhile.
   *
   * @param at the time of the event, not before that of the last that he did
   * @returns undefined when something else came first, which then is applied
   * @throws Refusal `outcome-unknown`, `broker-unreachable`
   */
  async append(actor: Party, content: DirectEventContent, at: number): Promise<Placed | undefined> {
    // Taken before anything is waited for: it is what was decided on.
    const { sequence: last } = this.post.last(actor);
    const event: DirectEvent = { ...content, at, ...(await this.clock.step()) };
    const payload = new TextEncoder().encode(JSON.stringify(event));
    const sequence = await this.ask(() => this.stream.appendAfter(personOf(actor), payload, last));
    if (sequence === undefined) {
      await this.progress.until(() => this.post.last(actor).sequence > last);
      return undefined;
    }
    if (!(await this.progress.within(READ_MS, () => this.readTo >= sequence)))
      throw new Refusal('outcome-unknown', 'it is stored, and the record of direct messages cannot be read');
    return { sequence, event };
  }

  /**
   * What stands at these places, in this order.
   *
   * @throws Refusal `broker-unreachable`
   */
  async at(sequences: readonly number[]): Promise<Placed[]> {
    const messages = await this.ask(() => this.stream.get(sequences));
    return messages.flatMap((message) => {
      const event = this.parsed(message);
      return event ? [{ sequence: message.sequence, event }] : [];
    });
  }

  private made(): void {
    if (this.readTo >= this.past) this.pastIsRead();
    this.progress.made();
  }

  /** What stands in the stream and is no event was put there by a stranger: it is told, and left out. */
  private parsed({ token, sequence, payload }: StreamMessage): DirectEvent | undefined {
    try {
      const event = directEvent.parse(JSON.parse(new TextDecoder().decode(payload)));
      if (personOf(event.type === 'sent' ? event.from : event.who) === token) return event;
    } catch (error) {
      this.log.error({ sequence, err: error }, 'what stands in the record of direct messages is no event');
    }
    return undefined;
  }

  private async ask<T>(question: () => Promise<T>): Promise<T> {
    try {
      return await question();
    } catch (error) {
      throw error instanceof BusError ? storeRefusal(error) : error;
    }
  }
}
