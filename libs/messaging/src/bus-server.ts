// Nest's transport strategy on the bus: finds the methods that @Answers, @AnswersAs and @Hears name and serves them on
// the bus' own connection. A message is plain JSON without Nest's envelope, so that any NATS client can ask.
import type { Msg, NatsConnection, Subscription } from '@nats-io/transport-node';
import { ServerNats, type MessageHandler } from '@nestjs/microservices';
import { nodeName } from '@parley/contracts';
import type { Contract } from './answers.js';
import { BusError, Refusal, type CodedError } from './bus-error.js';
import { groundOf, type Bus } from './bus.js';
import { discoveryAnswers } from './discovery.js';
import { Endpoint } from './endpoint.js';
import { callOf, errorFrom, parse, replyFrom, type Call, type Outgoing } from './message.js';

export interface BusServerOptions {
  /** Name of this node: it ends the subjects of `@AnswersAs` and stands in the header of each reply. */
  readonly node: string;
  /** Name of the service for NATS micro tooling, for example `participant`; the node's name when absent. */
  readonly service?: string;
}

type Ready = (error?: unknown) => void;

export class BusServer extends ServerNats {
  readonly #bus: ReturnType<typeof groundOf>;
  readonly #node: string;
  readonly #service: string;
  readonly #endpoints = new Map<string, Endpoint>();
  readonly #inFlight = new Set<Promise<void>>();
  #subscriptions: Subscription[] = [];

  constructor(bus: Bus, { node, service = node }: BusServerOptions) {
    super({});
    this.#bus = groundOf(bus);
    this.#node = nodeName.parse(node);
    this.#service = nodeName.parse(service);
  }

  /** Called by Nest for each method with a pattern. */
  override addHandler(
    pattern: unknown,
    handler: MessageHandler,
    isEventHandler?: boolean,
    extras: { contract?: Contract } = {},
  ): void {
    if (extras.contract === undefined) {
      throw new TypeError(`${String(pattern)} is served without a contract: use @Answers, @AnswersAs or @Hears`);
    }
    const endpoint = Endpoint.of(extras.contract, this.#node, handler);
    if (this.#endpoints.has(endpoint.subject)) {
      throw new TypeError(`two methods serve ${endpoint.subject}`);
    }
    this.#endpoints.set(endpoint.subject, endpoint);
    super.addHandler(endpoint.subject, handler, isEventHandler, extras);
  }

  /** The connection is the bus' own, which waited for the broker already. */
  override createNatsClient(): Promise<NatsConnection> {
    return Promise.resolve(this.#bus.link.connection);
  }

  /** Is ready when the broker knows the subscriptions, so that a peer that is told so finds this service. */
  override start(ready: Ready): void {
    this.bindEvents();
    this.#bus.link.flush().then(() => ready(), ready);
  }

  override bindEvents(): void {
    for (const endpoint of this.#endpoints.values()) {
      this.#subscribe(endpoint.subject, (message) => this.#track(this.#serve(endpoint, message)), endpoint.queue);
    }
    const discovery = {
      service: this.#service,
      node: this.#node,
      endpoints: [...this.#endpoints.values()],
      refused: () => this.#bus.complaints.kinds,
    };
    for (const { subject, body } of discoveryAnswers(discovery)) {
      this.#subscribe(subject, (message) =>
        this.#respond(message, replyFrom(this.#node, body(), callOf(message).trace)),
      );
    }
  }

  /** The bus itself watches the connection; what it tells is handed on to those who ask Nest. */
  override handleStatusUpdates(): Promise<void> {
    // Nest's names of these states are an ambient const enum, which isolated modules cannot use as values.
    const status: { next(state: string): void } = this._status$;
    this.#bus.link.onConnection((connected) => status.next(connected ? 'connected' : 'disconnected'));
    return Promise.resolve();
  }

  /**
   * Takes no further requests, waits until those under way are answered, and until the broker has the answers. The bus
   * stays open: it belongs to whoever connected it.
   */
  override async close(): Promise<void> {
    const subscriptions = this.#subscriptions;
    this.#subscriptions = [];
    if (this.#bus.link.connected) {
      await Promise.all(subscriptions.map((subscription) => subscription.drain()));
    } else {
      subscriptions.forEach((subscription) => subscription.unsubscribe());
    }
    while (this.#inFlight.size > 0) {
      await Promise.all(this.#inFlight);
    }
    await this.#bus.link.flush();
  }

  #subscribe(subject: string, receive: (message: Msg) => void, queue?: string): void {
    this.#subscriptions.push(this.#bus.link.subscribe(subject, receive, queue));
  }

  #track(served: Promise<void>): void {
    this.#inFlight.add(served);
    void served.finally(() => this.#inFlight.delete(served));
  }

  async #serve(endpoint: Endpoint, message: Msg): Promise<void> {
    endpoint.requests++;
    const call = callOf(message);
    const parsed = parse(message, endpoint.request);
    if (!parsed.ok) {
      const detail = `${endpoint.subject} was sent something it does not take: ${parsed.reason}`;
      this.#bus.complaints.add(
        endpoint.subject,
        parsed.reason,
        { trace: call.trace },
        'refused a message that does not parse',
      );
      endpoint.failed(parsed.reason);
      this.#respond(message, errorFrom(this.#node, { code: 'invalid-message', detail }, call.trace));
      return;
    }
    try {
      const body = await endpoint.run(parsed.body, call);
      if (endpoint.answers) {
        this.#respond(message, replyFrom(this.#node, body, call.trace));
      }
    } catch (error) {
      endpoint.failed(String(error));
      this.#respond(message, errorFrom(this.#node, this.#codeOf(error, call), call.trace));
    }
  }

  #codeOf(error: unknown, call: Call): CodedError {
    if (error instanceof Refusal) {
      return error;
    }
    this.#bus.log.error({ subject: call.subject, trace: call.trace, err: error }, 'a handler failed');
    return error instanceof BusError && error.code === 'too-large'
      ? { code: error.code, detail: 'the answer is larger than the broker takes' }
      : { code: 'internal', detail: `${this.#node} made a mistake; its log has the trace ${call.trace}` };
  }

  #respond({ reply }: Msg, answer: Outgoing): void {
    if (reply === undefined || reply === '') {
      return;
    }
    if (this.#bus.link.connected) {
      this.#bus.link.publish(reply, answer);
    } else {
      // Its asker has a time-out, and the request may come again.
      this.#bus.log.debug({ reply }, 'an answer was dropped: there is no broker');
    }
  }
}
