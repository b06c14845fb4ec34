// One connection to the broker: made with patience, watched, and told about in plain words, each change once.
//
// An exception that leaves a callback of the NATS client ends its reader without a word and the connection is deaf from
// then on. Therefore every callback is given to it through `subscribe` here.
import { setTimeout as sleep } from 'node:timers/promises';
import {
  connect,
  errors,
  MsgHdrsImpl,
  type Msg,
  type NatsConnection,
  type Status,
  type Subscription,
} from '@nats-io/transport-node';
import type { Logger } from 'pino';
import type { BrokerAddress } from './broker-address.js';
import { BusError } from './bus-error.js';
import { Clock, clockHeader } from './clock.js';
import { Complaints } from './complaints.js';
import type { Outgoing } from './message.js';

const dialMs = 5_000;
const retryMs = 500;
const pingIntervalMs = 10_000;

export interface LinkOptions {
  /** Shown by the broker's monitoring. */
  readonly name: string;
  /** The node that this process is, if it has events of its own: its entry in vector clocks. */
  readonly node?: string;
  /** Whether it gets what it sends itself, where it listens; it does when this is absent. */
  readonly hearsItself?: boolean;
  /** A function is asked again before each attempt to make the first connection. */
  readonly address: BrokerAddress | (() => Promise<BrokerAddress>);
  readonly log: Logger;
  /** Ends the waiting for the first connection: `connect` then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Connects, waiting for the broker for as long as it takes. What stands in the way is logged once. */
async function firstConnection({
  name,
  address,
  log,
  signal,
  hearsItself = true,
}: LinkOptions): Promise<NatsConnection> {
  let told = '';
  for (;;) {
    const { url, user, password } = typeof address === 'function' ? await address() : address;
    try {
      return await connect({
        servers: url,
        name,
        ...(user !== undefined && { user }),
        ...(password !== undefined && { pass: password }),
        timeout: dialMs,
        noEcho: !hearsItself,
        maxReconnectAttempts: -1,
        reconnectTimeWait: retryMs,
        reconnectJitter: retryMs,
        pingInterval: pingIntervalMs,
        ignoreAuthErrorAbort: true,
      });
    } catch (error) {
      const reason = String(error);
      if (reason !== told) {
        log.warn({ url: withoutCredentials(url), reason }, 'waiting for the broker');
        told = reason;
      }
    }
    await sleep(retryMs, undefined, { signal });
  }
}

const withoutCredentials = (url: string): string => url.replace(/\/\/[^/@]*@/, '//');

export class Link {
  /** What came over this connection and does not parse. */
  readonly complaints: Complaints;
  readonly clock: Clock;
  readonly #listeners = new Set<(connected: boolean) => void>();
  readonly #log: Logger;
  #connected = true;
  #draining = false;
  #lastError = '';
  #maxPayload: number;

  private constructor(
    readonly connection: NatsConnection,
    { log, node }: LinkOptions,
  ) {
    this.#log = log;
    this.complaints = new Complaints(log);
    this.clock = new Clock({ process: node, complaints: this.complaints });
    this.#maxPayload = connection.info?.max_payload ?? 0;
    void this.#watch();
    void connection.closed().then((error) => {
      if (!this.#draining) {
        // A process whose link is closed for good would live on deaf and dumb. This ends it as an uncaught exception.
        throw new BusError('disconnected', 'the NATS client closed the connection for good', undefined, {
          cause: error,
        });
      }
    });
  }

  static async open(options: LinkOptions): Promise<Link> {
    const connection = await firstConnection(options);
    options.log.info({ url: withoutCredentials(connection.getServer()) }, 'connected to the broker');
    return new Link(connection, options);
  }

  get connected(): boolean {
    return this.#connected && !this.#draining;
  }

  get draining(): boolean {
    return this.#draining;
  }

  /** Largest message the broker takes, headers included, in bytes. */
  get maxPayload(): number {
    return this.#maxPayload;
  }

  onConnection(listener: (connected: boolean) => void): void {
    this.#listeners.add(listener);
  }

  /** Subscribes. An exception of `receive` is a defect: it ends the process as an uncaught exception. */
  subscribe(subject: string, receive: (message: Msg) => void, queue?: string): Subscription {
    const callback = (error: Error | null, message: Msg): void => {
      if (error !== null) {
        this.#log.error({ subject, err: error }, 'the broker refused a subscription');
        return;
      }
      try {
        this.clock.receive(message);
        receive(message);
      } catch (thrown) {
        queueMicrotask(() => {
          throw thrown;
        });
      }
    };
    return this.connection.subscribe(subject, { callback, ...(queue !== undefined && { queue }) });
  }

  /** Hands the message to the client, which writes it within this tick. Throws a BusError `too-large`. */
  publish(subject: string, { payload, headers }: Outgoing, reply?: string): void {
    // Whole, because a header that is set by itself is looked at character by character.
    const whole = MsgHdrsImpl.fromRecord({ ...headers, [clockHeader]: [this.clock.send()] });
    try {
      this.connection.publish(subject, payload, { headers: whole, ...(reply !== undefined && { reply }) });
    } catch (error) {
      if (error instanceof errors.InvalidArgumentError) {
        throw this.tooLarge(subject, payload.length);
      }
      throw error;
    }
  }

  tooLarge(subject: string, bytes: number): BusError {
    const limit = `the broker takes ${String(this.#maxPayload)} with the headers`;
    return new BusError('too-large', `a message of ${String(bytes)} bytes to ${subject}: ${limit}`);
  }

  /** Resolves when the broker has taken all that was published before, or at once when there is no broker. */
  async flush(): Promise<void> {
    if (this.connected) {
      // A flush fails only with the connection; what it was to make sure of is lost then, and the loss is told there.
      await this.connection.flush().catch((error: unknown) => this.#log.debug({ err: error }, 'flush was cut off'));
    }
  }

  /** Ends the subscriptions, sends what is left and closes. */
  async drain(): Promise<void> {
    const wasConnected = this.connected;
    this.#draining = true;
    if (wasConnected) {
      await this.connection.drain().catch((error: unknown) => this.#log.warn({ err: error }, 'drain was cut off'));
    }
    await this.connection.close();
  }

  async #watch(): Promise<void> {
    for await (const status of this.connection.status()) {
      this.#heard(status);
    }
  }

  #heard(status: Status): void {
    switch (status.type) {
      case 'disconnect':
        if (this.connected) {
          this.#log.warn({ url: withoutCredentials(status.server) }, 'lost the broker, reconnecting');
          this.#become(false);
        }
        return;
      case 'reconnect':
        void this.#regain(status.server);
        return;
      case 'error':
        // A refused reconnection comes again with every attempt.
        if (status.error.message !== this.#lastError) {
          this.#lastError = status.error.message;
          this.#log.error({ err: status.error }, 'the broker reports an error');
        }
        return;
      case 'staleConnection':
        this.#log.warn('the broker does not answer pings');
        return;
      case 'ldm':
        this.#log.info('the broker is about to shut down');
        return;
      case 'slowConsumer':
      case 'update':
      case 'reconnecting':
      case 'forceReconnect':
      case 'ping':
      case 'close':
        this.#log.debug({ status: status.type }, 'broker connection');
        return;
    }
  }

  async #regain(server: string): Promise<void> {
    try {
      // The subscriptions were sent again. Who is told that we are back may count on the broker knowing them.
      await this.connection.flush();
    } catch (error) {
      this.#log.debug({ err: error }, 'lost the broker again while subscribing');
      return;
    }
    this.#maxPayload = this.connection.info?.max_payload ?? this.#maxPayload;
    this.#lastError = '';
    this.#log.info({ url: withoutCredentials(server) }, 'connected to the broker again');
    this.#become(true);
  }

  #become(connected: boolean): void {
    this.#connected = connected;
    for (const listener of this.#listeners) {
      listener(connected);
    }
  }
}
