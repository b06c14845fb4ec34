// A bounded stream on the broker (JetStream): appended to by anybody, read from any place in it, the oldest gone first.
// It is made by whoever needs it first, and made again when the broker has lost it with its memory.
//
// Nobody waits for it but who asks: appending gives a promise, and reading goes on by itself (stream-reader.ts).
import {
  DiscardPolicy,
  jetstream,
  JetStreamApiError,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
  type JetStreamClient,
  type StreamConfig,
} from '@nats-io/jetstream';
import { errors, nanos } from '@nats-io/transport-node';
import type { StreamContract } from '@parley/contracts';
import { BusError } from './bus-error.js';
import { groundOf, type Bus } from './bus.js';
import { StreamReader, type StreamListener } from './stream-reader.js';

const requestMs = 2_000;
/** Within this time the same id is stored once. Longer than any repetition of an append takes. */
const duplicateWindowMs = 30_000;
const nameInUse = 10058;

export class Stream<Contract extends StreamContract> {
  readonly #ground: ReturnType<typeof groundOf>;
  readonly #client: JetStreamClient;
  #made: Promise<void> | undefined;

  constructor(
    bus: Bus,
    private readonly contract: Contract,
  ) {
    this.#ground = groundOf(bus);
    this.#client = jetstream(this.#ground.link.connection, { timeout: requestMs });
  }

  /**
   * Appends a message of this node. Resolves when the broker has it. Rejects with a BusError: then the broker may have it
   * or not, and to append it once more with the same `id` within half a minute stores it once.
   */
  async append(node: string, payload: Uint8Array, id: string): Promise<void> {
    if (!this.#ground.link.connected)
      throw new BusError('disconnected', `nothing was appended to ${this.contract.name}`);
    try {
      await (this.#made ??= this.make());
      await this.#client.publish(this.contract.subjectOf(node), payload, { msgID: id, timeout: requestMs, retries: 0 });
    } catch (error) {
      // Without a stream of this subject nobody answers.
      this.#made = undefined;
      throw asBusError(error, this.contract.name);
    }
  }

  /** Reads from now on, until it is stopped, whatever the broker goes through. */
  read(listener: StreamListener): StreamReader {
    const { link, log } = this.#ground;
    return new StreamReader({ name: this.contract.name, link, log, make: () => this.make(), listener });
  }

  /** Makes the stream, or changes the one that is there to what the contract says. */
  private async make(): Promise<void> {
    const { name, subjectOf, maxBytes, maxAgeMs } = this.contract;
    const config: Partial<StreamConfig> & { name: string; subjects: string[] } = {
      name,
      subjects: [subjectOf('*')],
      storage: StorageType.Memory,
      retention: RetentionPolicy.Limits,
      discard: DiscardPolicy.Old,
      max_bytes: maxBytes,
      max_age: nanos(maxAgeMs),
      duplicate_window: nanos(duplicateWindowMs),
    };
    const { streams } = await jetstreamManager(this.#ground.link.connection, { checkAPI: false, timeout: requestMs });
    try {
      await streams.add(config);
    } catch (error) {
      if (!(error instanceof JetStreamApiError) || error.code !== nameInUse) throw error;
      await streams.update(name, config);
    }
  }
}

function asBusError(cause: unknown, name: string): unknown {
  if (cause instanceof BusError) return cause;
  const detail = `it is not known whether ${name} has what was appended: ${String(cause)}`;
  const code =
    cause instanceof errors.InvalidArgumentError ? 'too-large' : isAbsent(cause) ? 'no-responder' : 'timeout';
  return new BusError(code, detail, undefined, { cause });
}

/** Without JetStream, or without a stream of the subject, nobody answers. */
const isAbsent = (error: unknown): boolean =>
  error instanceof Error && error.cause instanceof errors.RequestError && error.cause.isNoResponders();
