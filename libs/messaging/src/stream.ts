// A bounded stream on the broker (JetStream): appended to by anybody, read from any place in it. It is made by whoever needs
// it first, and made again when the broker has lost it, with its memory or its disk. One that is kept on disk loses nothing
// by itself, and is written by compare-and-set: who appends under a token names the last message that he knows of there.
//
// Nobody waits for it but who asks: appending gives a promise, and reading goes on by itself (stream-reader.ts).
import {
  DeliverPolicy,
  DiscardPolicy,
  jetstream,
  JetStreamApiCodes,
  JetStreamApiError,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
  type JetStreamClient,
  type JetStreamManager,
  type StreamConfig,
} from '@nats-io/jetstream';
import { errors, nanos } from '@nats-io/transport-node';
import type { StreamContract } from '@parley/contracts';
import { BusError, type BusErrorCode } from './bus-error.js';
import { groundOf, type Bus } from './bus.js';
import {
  streamMessage,
  StreamReader,
  type ReadFrom,
  type StreamListener,
  type StreamMessage,
} from './stream-reader.js';

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
  async append(token: string, payload: Uint8Array, id: string): Promise<void> {
    const options = { msgID: id, timeout: requestMs, retries: 0 };
    await this.ask(() => this.#client.publish(this.contract.subjectOf(token), payload, options));
  }

  /**
   * Appends a message under a token if `last` is still the sequence of the last one there; 0 for none. With `lastOfAll` only if
   * that is still the last of the whole stream, too. Resolves with the sequence that it got, or with undefined when another came
   * first. Rejects with a BusError; after a `timeout` the broker may have it or not.
   */
  async appendAfter(token: string, payload: Uint8Array, last: number, lastOfAll?: number): Promise<number | undefined> {
    return this.ask(async () => {
      const expect = { lastSubjectSequence: last, ...(lastOfAll !== undefined && { lastSequence: lastOfAll }) };
      const options = { expect, timeout: requestMs, retries: 0 };
      try {
        return (await this.#client.publish(this.contract.subjectOf(token), payload, options)).seq;
      } catch (error) {
        if (error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamWrongLastSequence)
          return undefined;
        throw error;
      }
    });
  }

  /** The last sequence under a token, or of all when there is none; 0 when nothing is there. Rejects with a BusError. */
  async last(token?: string): Promise<number> {
    return this.ask(async () => {
      const { streams } = await this.manager();
      if (token === undefined) return (await streams.info(this.contract.name)).state.last_seq;
      const query = { last_by_subj: this.contract.subjectOf(token) };
      return (await streams.getMessage(this.contract.name, query))?.seq ?? 0;
    });
  }

  /**
   * The messages under a token from a sequence on, at most `count` of them, as far as they are there now. Rejects with a
   * BusError.
   */
  async fetch(token: string, from: number, count: number): Promise<StreamMessage[]> {
    return this.ask(async () => {
      const consumer = await this.#client.consumers.get(this.contract.name, {
        filter_subjects: this.contract.subjectOf(token),
        deliver_policy: DeliverPolicy.StartSequence,
        opt_start_seq: from,
        inactive_threshold: requestMs,
      });
      const messages: StreamMessage[] = [];
      for await (const message of await consumer.fetch({ max_messages: count, expires: requestMs })) {
        messages.push(streamMessage(message));
        if (messages.length >= count) break;
      }
      return messages;
    });
  }

  /** The messages with these sequences, in this order; those that are not there are left out. Rejects with a BusError. */
  async get(sequences: readonly number[]): Promise<StreamMessage[]> {
    return this.ask(async () => {
      const { streams } = await this.manager();
      const found = await Promise.all(sequences.map((seq) => streams.getMessage(this.contract.name, { seq })));
      return found.flatMap((message) => (message === null ? [] : [streamMessage(message)]));
    });
  }

  /**
   * Reads until it is stopped, whatever the broker goes through: all that the stream has, what it has after some place, or only
   * what is appended after `began` has told the listener of the last message there.
   */
  read(listener: StreamListener, from: ReadFrom = 'beginning'): StreamReader {
    const { link, log } = this.#ground;
    return new StreamReader({ name: this.contract.name, link, log, make: () => this.make(), listener, from });
  }

  private async ask<T>(question: () => Promise<T>): Promise<T> {
    if (!this.#ground.link.connected)
      throw new BusError('disconnected', `nothing was asked of the stream ${this.contract.name}`);
    try {
      await (this.#made ??= this.make());
      return await question();
    } catch (error) {
      // Without a stream of this subject nobody answers.
      this.#made = undefined;
      throw asBusError(error, this.contract.name);
    }
  }

  private manager(): Promise<JetStreamManager> {
    return jetstreamManager(this.#ground.link.connection, { checkAPI: false, timeout: requestMs });
  }

  /** Makes the stream, or changes the one that is there to what the contract says. */
  private async make(): Promise<void> {
    const { name, subjectOf, maxBytes, maxAgeMs, storage, keptPerToken } = this.contract;
    const config: Partial<StreamConfig> & { name: string; subjects: string[] } = {
      name,
      subjects: [subjectOf('*')],
      storage: storage === 'memory' ? StorageType.Memory : StorageType.File,
      retention: RetentionPolicy.Limits,
      discard: storage === 'memory' ? DiscardPolicy.Old : DiscardPolicy.New,
      max_bytes: maxBytes,
      max_msgs_per_subject: keptPerToken ?? -1,
      max_age: nanos(maxAgeMs ?? 0),
      duplicate_window: nanos(duplicateWindowMs),
    };
    const { streams } = await this.manager();
    // Changing comes first: to add one that is there already the broker wants its room a second time.
    const isChanged = await unless(JetStreamApiCodes.StreamNotFound, streams.update(name, config));
    if (isChanged) return;
    // Somebody else may have added it meanwhile.
    const isAdded = await unless(nameInUse, streams.add(config));
    if (!isAdded) await streams.update(name, config);
  }
}

/** Whether it was done; false when the broker refuses with this code. */
async function unless(code: number, done: Promise<unknown>): Promise<boolean> {
  try {
    await done;
    return true;
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === code) return false;
    throw error;
  }
}

function asBusError(cause: unknown, name: string): unknown {
  if (cause instanceof BusError) return cause;
  const detail = `the stream ${name} has not answered as it should: ${String(cause)}`;
  const code = codeOf(cause);
  return new BusError(code, detail, undefined, { cause });
}

function codeOf(cause: unknown): BusErrorCode {
  if (cause instanceof errors.InvalidArgumentError) return 'too-large';
  if (cause instanceof JetStreamApiError) return 'refused';
  return isAbsent(cause) ? 'no-responder' : 'timeout';
}

/** Without JetStream, or without a stream of the subject, nobody answers. */
const isAbsent = (error: unknown): boolean =>
  error instanceof Error && error.cause instanceof errors.RequestError && error.cause.isNoResponders();
