// How a service speaks on the bus: requests, gathers and facts, each parsed by its contract on the way in.
import { nodeName, type Fact, type NodeOperation, type Operation } from '@parley/contracts';
import type { Logger } from 'pino';
import type { z } from 'zod';
import { BusError } from './bus-error.js';
import type { Shown } from './clock.js';
import type { Complaints } from './complaints.js';
import { Gathering } from './gathering.js';
import { Inbox } from './inbox.js';
import { Link, type LinkOptions } from './link.js';
import { answeredBy, callOf, outgoing, parse, saysNobodyListens, type Call, type Outgoing } from './message.js';
import { Outbox } from './outbox.js';
import { readReply } from './reply.js';

/** A fact that is held back while there is no broker is dropped after this time: it is news no longer. */
const factHeldMs = 30_000;

export interface RequestOptions {
  /** How long to wait for the answer. */
  readonly timeoutMs: number;
  /** Trace id, 32 hexadecimal digits: that of the call or HTTP request that causes this. A new one when absent. */
  readonly trace?: string | undefined;
}

export interface GatherOptions<Reply> extends RequestOptions {
  /** Names of the nodes that are asked, or how many are when it may be any. */
  readonly expected: readonly string[] | number;
  /** Gets each reply that parses, as it comes, until `timeoutMs`; also repeated ones. What it throws is logged. */
  readonly onReply: (reply: Reply) => void;
}

type Input<Contract extends { request: z.ZodType }> = z.input<Contract['request']>;
type Reply<Contract extends { reply: z.ZodType }> = z.output<Contract['reply']>;

/** What the transport strategy of this library shares with the bus it stands on. */
interface Ground {
  readonly link: Link;
  readonly complaints: Complaints;
  readonly log: Logger;
}

export let groundOf: (bus: Bus) => Ground;

export class Bus {
  readonly #link: Link;
  readonly #log: Logger;
  readonly #inbox: Inbox;
  readonly #outbox: Outbox;
  readonly #complaints: Complaints;
  readonly #abandon = new Set<() => void>();

  static {
    groundOf = (bus) => ({ link: bus.#link, complaints: bus.#complaints, log: bus.#log });
  }

  private constructor(link: Link, log: Logger) {
    this.#link = link;
    this.#log = log;
    this.#inbox = new Inbox(link, log);
    this.#outbox = new Outbox(log);
    this.#complaints = link.complaints;
    link.onConnection((connected) => {
      if (connected) {
        this.#outbox.flush();
      }
    });
  }

  /**
   * Connects to the broker, waiting for it for as long as it takes and saying so. Afterwards the bus reconnects by
   * itself, for ever. Rejects only when `signal` aborts the waiting or the address cannot be had.
   */
  static async connect(options: LinkOptions): Promise<Bus> {
    return new Bus(await Link.open(options), options.log);
  }

  get connected(): boolean {
    return this.#link.connected;
  }

  /** Largest message the broker takes, headers included, in bytes. */
  get maxPayload(): number {
    return this.#link.maxPayload;
  }

  /** Something happens in this process: its clocks take a step. Returns what they show then. */
  happened(): Shown {
    return this.#link.clock.step();
  }

  /** Lamport’s time of the last event of this process. */
  get lamport(): number {
    return this.#link.clock.lamport;
  }

  /** Counts since the start: messages that were refused, clocks among them, and answers that came too late for anyone. */
  get counts(): { readonly invalid: number; readonly late: number } {
    return { invalid: this.#complaints.count, late: this.#inbox.late };
  }

  /**
   * A message that parses was refused, or ignored, for what it says: counted with those that do not parse, told by
   * `$SRV.STATS` with them, and logged as rarely. `fields` say more of it in the log.
   */
  refuse(subject: string, reason: string, fields: object = {}): void {
    this.#complaints.add(subject, reason, fields, 'refused a message for what it says');
  }

  /** The same for what is usual, and worth no line in the log. */
  count(subject: string, reason: string): void {
    this.#complaints.note(subject, reason);
  }

  /** Tells each loss of the broker and each reconnection. */
  onConnection(listener: (connected: boolean) => void): void {
    this.#link.onConnection(listener);
  }

  /**
   * Asks whoever serves the operation. Rejects with a BusError; without a broker at once. A request that is under way
   * when the broker is lost ends with `timeout` unless its answer still comes after the reconnection.
   */
  async request<O extends Operation>(operation: O, body: Input<O>, options: RequestOptions): Promise<Reply<O>> {
    return this.#ask(operation.subject, operation.reply, body, options) as Promise<Reply<O>>;
  }

  /** Asks one node by its name. */
  async requestNode<O extends NodeOperation>(
    operation: O,
    node: string,
    body: Input<O>,
    options: RequestOptions,
  ): Promise<Reply<O>> {
    if (!nodeName.safeParse(node).success) {
      throw new BusError('no-responder', `"${node}" cannot be the name of a node`);
    }
    return this.#ask(operation.subjectOf(node), operation.reply, body, options) as Promise<Reply<O>>;
  }

  /**
   * Publishes one request to all who serve the operation and passes each reply that parses to `onReply`. Resolves when
   * `expected` nodes have replied or at the time-out, also when nobody listens. Without a broker the request is sent
   * after the reconnection, if that comes before the time-out. Rejects only with a BusError `too-large`.
   */
  async gather<O extends Operation>(operation: O, body: Input<O>, options: GatherOptions<Reply<O>>): Promise<void> {
    const message = outgoing(body, options.trace);
    const address = this.#inbox.open((reply) => {
      if (saysNobodyListens(reply)) {
        return;
      }
      const answer = readReply(operation.subject, operation.reply, reply);
      if (answer instanceof BusError) {
        const reason = answer.refusal === undefined ? answer.message : `refused: ${answer.refusal.code}`;
        this.#complaints.add(operation.subject, reason, { trace: callOf(reply).trace }, 'left out a reply of a gather');
        return;
      }
      this.#handOver(callOf(reply), () => options.onReply(answer as Reply<O>));
      gathering.count(answeredBy(reply));
    });
    const gathering = new Gathering(options, () => {
      address.close();
      this.#abandon.delete(end);
    });
    const end = (): void => gathering.end();
    this.#abandon.add(end);
    try {
      this.#sendOrHold(operation.subject, message, options.timeoutMs, address.subject);
    } catch (error) {
      gathering.end();
      throw error;
    }
    return gathering.done;
  }

  /**
   * Tells a fact, at most once and without an answer. While there is no broker it is held for half a minute, within
   * bounds. Throws a BusError `too-large`.
   */
  publish<F extends Fact>(fact: F, body: z.input<F['body']>, options: { trace?: string | undefined } = {}): void {
    this.#sendOrHold(fact.subject, outgoing(body, options.trace), factHeldMs);
  }

  /** Hears a fact from now on. An exception of the handler is logged. */
  listen<F extends Fact>(fact: F, handler: (body: z.output<F['body']>, call: Call) => void): { stop(): void } {
    const subscription = this.#link.subscribe(fact.subject, (message) => {
      const call = callOf(message);
      const parsed = parse(message, fact.body);
      if (!parsed.ok) {
        this.#complaints.add(
          fact.subject,
          parsed.reason,
          { trace: call.trace },
          'ignored a message that does not parse',
        );
        return;
      }
      this.#handOver(call, () => handler(parsed.body as z.output<F['body']>, call));
    });
    return { stop: () => subscription.unsubscribe() };
  }

  /** Resolves when the broker has taken all that was sent before; at once when there is none. */
  async flush(): Promise<void> {
    await this.#link.flush();
  }

  /** Ends what is under way (requests with `disconnected`, gathers without further replies), sends what is left, closes. */
  async drain(): Promise<void> {
    const drained = this.#link.drain();
    for (const abandon of [...this.#abandon]) {
      abandon();
    }
    await drained;
  }

  #ask(subject: string, schema: z.ZodType, body: unknown, options: RequestOptions): Promise<unknown> {
    if (!this.connected) {
      return Promise.reject(new BusError('disconnected', `there is no broker, so nothing was sent to ${subject}`));
    }
    return new Promise((resolve, reject) => {
      const close = (): void => {
        clearTimeout(timer);
        address.close();
        this.#abandon.delete(abandon);
      };
      const fail = (error: Error): void => {
        close();
        reject(error);
      };
      const abandon = (): void => fail(new BusError('disconnected', `the bus was closed while asking ${subject}`));
      const address = this.#inbox.open((message) => {
        const reply = readReply(subject, schema, message);
        if (reply instanceof BusError) {
          fail(reply);
        } else {
          close();
          resolve(reply);
        }
      });
      const timer = setTimeout(
        () => fail(new BusError('timeout', `${subject} did not answer within ${String(options.timeoutMs)} ms`)),
        options.timeoutMs,
      );
      this.#abandon.add(abandon);
      try {
        this.#link.publish(subject, outgoing(body, options.trace), address.subject);
      } catch (error) {
        fail(error as Error);
      }
    });
  }

  #handOver({ subject, trace }: Call, handle: () => void): void {
    try {
      handle();
    } catch (error) {
      this.#log.error({ subject, trace, err: error }, 'a listener threw');
    }
  }

  #sendOrHold(subject: string, message: Outgoing, heldMs: number, reply?: string): void {
    if (this.#link.connected) {
      this.#link.publish(subject, message, reply);
      return;
    }
    if (this.#link.draining) {
      this.#log.debug({ subject }, 'not sent: the bus is closed');
      return;
    }
    const bytes = message.payload.length;
    if (bytes > this.maxPayload) {
      throw this.#link.tooLarge(subject, bytes);
    }
    this.#outbox.hold(() => this.#link.publish(subject, message, reply), { bytes, forMs: heldMs });
  }
}
