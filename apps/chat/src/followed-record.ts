// A record that the store keeps as a stream of events, followed by this replica; and the way to append to it.
//
// Any replica appends: under a token (a room, a person), and only if nothing was appended there after the last event that it has
// applied. So an event that was decided on a state that is no longer the last is never stored; who was overtaken applies what
// came first and decides anew. Until there is a leader, no more than this is needed for one order.
//
// What stands in the stream and is no event was put there by a stranger: it is told, and is nothing but a place.
import type { StreamContract } from '@parley/contracts';
import { BusError, Refusal, Stream, type Bus, type StreamListener, type StreamMessage } from '@parley/messaging';
import type { Logger } from 'pino';
import type { z } from 'zod';
import { Progress, READ_MS } from './progress.js';
import { storeRefusal } from './store.js';

/** What follows from the events of a record. */
export interface Projection<Event> {
  /** The store has lost the record: another one begins, and nothing follows from it yet. */
  clear(): void;
  apply(event: Event, sequence: number): void;
  /** There is no event at this place: who appends under a token that is known has to know of it. */
  skip(token: string, sequence: number): void;
  /** Where the last that is applied under a token stands; 0 for nothing. */
  lastOf(token: string): number;
  /** All is applied that was there when this replica began to read. Called once. */
  pastIsRead(): void;
}

/** What stands at a place. */
export interface Standing<Event> {
  readonly sequence: number;
  /** Undefined for what is no event. */
  readonly event: Event | undefined;
}

interface Parts<Event> {
  readonly bus: Bus;
  readonly contract: StreamContract<z.ZodType<Event>>;
  /** What people call it, as in `the record of the rooms cannot be read`. */
  readonly name: string;
  /** Under what an event is appended. */
  readonly tokenOf: (event: Event) => string;
  readonly projection: Projection<Event>;
  readonly log: Logger;
}

export class FollowedRecord<Event> implements StreamListener {
  readonly progress: Progress;
  private readonly stream: Stream<StreamContract<z.ZodType<Event>>>;
  private reader: { stop(): void } | undefined;
  /** Which stream is read; another one when it was lost. Empty before the first. */
  private incarnation = '';
  private readTo = 0;
  /** The last sequence that was there when this replica began to read; undefined before, and when that is read. */
  private past: number | undefined;
  private hasBegun = false;
  /** Where the last that is no event stands under a token of which the projection knows nothing. */
  private readonly skipped = new Map<string, number>();

  constructor(private readonly parts: Parts<Event>) {
    this.stream = new Stream(parts.bus, parts.contract);
    this.progress = new Progress(parts.name);
  }

  /** @param known the stream of which all up to a sequence is known already */
  start(known?: { readonly stream: string; readonly after: number }): void {
    if (known) [this.incarnation, this.readTo] = [known.stream, known.after];
    this.reader = this.stream.read(this, known);
  }

  stop(): void {
    this.reader?.stop();
  }

  /** Which record it is, and the last sequence that was read of it. */
  get place(): { readonly stream: string; readonly sequence: number } {
    return { stream: this.incarnation, sequence: this.readTo };
  }

  began({ stream, last }: { stream: string; last: number }): void {
    const { log, name, projection } = this.parts;
    const isLost = this.incarnation !== '' && stream !== this.incarnation;
    if (!this.hasBegun) this.past = last;
    else if (isLost && this.past !== undefined) this.past = 0;
    this.hasBegun = true;
    this.incarnation = stream;
    if (isLost) {
      log.error(`the store has lost ${name}: another one begins`);
      this.readTo = 0;
      this.skipped.clear();
      projection.clear();
    }
    this.made();
  }

  message(message: StreamMessage): void {
    const { sequence, token } = message;
    const { projection } = this.parts;
    const event = this.parsed(message);
    if (event === undefined) this.skip(token, sequence);
    else projection.apply(event, sequence);
    this.readTo = sequence;
    this.made();
  }

  away(): void {
    // Nothing has changed but that nothing new comes; who waits has a limit.
  }

  /**
   * Resolves when everything is applied that was stored under a token, or in the whole record, before this was called.
   *
   * @throws Refusal `broker-unreachable`
   */
  async current(token?: string): Promise<void> {
    const last = await this.ask(() => this.stream.last(token));
    await this.progress.until(() => this.readTo >= last || (token !== undefined && this.lastOf(token) >= last));
  }

  /**
   * Appends an event if nothing else was appended under its token.
   *
   * @param after where that stands under the token on which the event was decided; 0 for nothing
   * @param afterAll the last of the whole record on which it was decided, if nothing else may be appended anywhere meanwhile
   * @returns where it stands; undefined when something else came first, which then is applied
   * @throws Refusal `outcome-unknown`, `broker-unreachable`
   */
  async append(event: Event, after: number, afterAll?: number): Promise<number | undefined> {
    const token = this.parts.tokenOf(event);
    // What is no event changes nothing on which anything is decided.
    const last = Math.max(after, this.skipped.get(token) ?? 0);
    const payload = new TextEncoder().encode(JSON.stringify(event));
    const sequence = await this.ask(() => this.stream.appendAfter(token, payload, last, afterAll));
    const isApplied = (): boolean => (afterAll === undefined ? this.lastOf(token) > last : this.readTo > afterAll);
    if (sequence === undefined) await this.progress.until(isApplied);
    return sequence;
  }

  /**
   * Resolves when that is applied which was appended here.
   *
   * @throws Refusal `outcome-unknown`
   */
  async applied(sequence: number): Promise<void> {
    if (!(await this.progress.within(READ_MS, () => this.readTo >= sequence)))
      throw new Refusal('outcome-unknown', `it is stored, and ${this.parts.name} cannot be read`);
  }

  /**
   * What stands under a token from a sequence on, at most so many.
   *
   * @throws Refusal `broker-unreachable`
   */
  async fetch(token: string, from: number, count: number): Promise<Standing<Event>[]> {
    return this.standing(await this.ask(() => this.stream.fetch(token, from, count)));
  }

  /**
   * What stands at these places, in this order.
   *
   * @throws Refusal `broker-unreachable`
   */
  async at(sequences: readonly number[]): Promise<Standing<Event>[]> {
    return this.standing(await this.ask(() => this.stream.get(sequences)));
  }

  private skip(token: string, sequence: number): void {
    const { projection } = this.parts;
    projection.skip(token, sequence);
    if (projection.lastOf(token) < sequence) this.skipped.set(token, sequence);
  }

  private lastOf(token: string): number {
    return Math.max(this.parts.projection.lastOf(token), this.skipped.get(token) ?? 0);
  }

  private made(): void {
    if (this.past !== undefined && this.readTo >= this.past) {
      this.past = undefined;
      this.parts.projection.pastIsRead();
    }
    this.progress.made();
  }

  private standing(messages: readonly StreamMessage[]): Standing<Event>[] {
    return messages.map((message) => ({ sequence: message.sequence, event: this.parsed(message) }));
  }

  private parsed({ token, sequence, payload }: StreamMessage): Event | undefined {
    const { contract, name, tokenOf, log } = this.parts;
    try {
      const event = contract.body.parse(JSON.parse(new TextDecoder().decode(payload)));
      if (tokenOf(event) === token) return event;
      log.error({ token, sequence, of: tokenOf(event) }, `what stands in ${name} belongs elsewhere`);
    } catch (error) {
      log.error({ token, sequence, err: error }, `what stands in ${name} is no event`);
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
