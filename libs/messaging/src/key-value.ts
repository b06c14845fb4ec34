// The broker's key-value store: small values under keys, each with a revision, changed by compare-and-set only. A bucket
// is declared in the contracts; every value is parsed by its schema on the way in and on the way out.
//
// A read is answered by the leader of the bucket's stream, never by a replica. Even so it may be stale while leaders
// change, so whoever decides by what it read must let the compare-and-set of the same revision confirm it.
import { JetStreamApiCodes, JetStreamApiError, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { Kvm, type KV, type KvEntry } from '@nats-io/kv';
import { errors, type NatsConnection } from '@nats-io/transport-node';
import type { Bucket } from '@parley/contracts';
import type { z } from 'zod';
import { BusError } from './bus-error.js';
import { groundOf, type Bus } from './bus.js';

/** How long the store has to answer. */
const STORE_MS = 5_000;

/** What stands under a key. */
export interface Stored<Value> {
  /** Null when there is none, or none any more. */
  readonly value: Value | null;
  /** Grows with each change of the bucket; 0 when the key has never had a value. */
  readonly revision: number;
}

export class KeyValue<Value> {
  private constructor(
    private readonly bus: Bus,
    private readonly bucket: Bucket,
    private readonly store: KV,
  ) {}

  /** Opens a bucket, and makes it when there is none. Rejects with a BusError when the store cannot be reached. */
  static async open<B extends Bucket>(bus: Bus, bucket: B): Promise<KeyValue<z.output<B['value']>>> {
    const { connection } = groundOf(bus).link;
    const store = await inTime(bus, bucket.name, () =>
      new Kvm(jetstream(connection, { timeout: STORE_MS })).create(bucket.name, {
        allow_direct: false,
        history: 1,
        ...(bucket.ttlMs !== undefined && { ttl: bucket.ttlMs }),
      }),
    );
    if (bucket.removedMs !== undefined) await inTime(bus, bucket.name, () => allowLifetimes(connection, bucket.name));
    return new KeyValue(bus, bucket, store);
  }

  /** Rejects with a BusError; `invalid-reply` when what stands there is nothing that the contract allows. */
  async get(key: string): Promise<Stored<Value>> {
    const entry = await inTime(this.bus, this.bucket.name, () => this.store.get(key));
    return entry === null ? { value: null, revision: 0 } : this.parsed(entry);
  }

  /**
   * Puts a value under a key if the key is still at this revision. Resolves with the new revision, or with undefined when
   * another change came first. Rejects with a BusError; after a `timeout` the value may have been put or not.
   */
  async compareAndSet(key: string, revision: number, value: Value): Promise<number | undefined> {
    const payload = JSON.stringify(this.bucket.value.parse(value));
    try {
      return await inTime(this.bus, this.bucket.name, () => this.store.put(key, payload, { previousSeq: revision }));
    } catch (error) {
      if (error instanceof BusError && isOvertaken(error.cause)) return undefined;
      throw error;
    }
  }

  /**
   * Removes the value under a key if the key is still at this revision. Resolves with whether it was; false when another
   * change came first. Rejects with a BusError; after a `timeout` the value may have been removed or not.
   */
  async compareAndRemove(key: string, revision: number): Promise<boolean> {
    try {
      await inTime(this.bus, this.bucket.name, () => this.remove(key, revision));
      return true;
    } catch (error) {
      if (error instanceof BusError && isOvertaken(error.cause)) return false;
      throw error;
    }
  }

  private remove(key: string, previousSeq: number): Promise<void> {
    const { removedMs } = this.bucket;
    if (removedMs === undefined) return this.store.delete(key, { previousSeq });
    return this.store.purge(key, { previousSeq, ttl: `${String(removedMs / 1_000)}s` });
  }

  private parsed(entry: KvEntry): Stored<Value> {
    const { key, revision, operation } = entry;
    if (operation !== 'PUT') return { value: null, revision };
    try {
      return { value: this.bucket.value.parse(entry.json()) as Value, revision };
    } catch (error) {
      const what = `the entry ${key} of the key-value bucket ${this.bucket.name} is not what its contract allows`;
      throw new BusError('invalid-reply', what, undefined, { cause: error });
    }
  }
}

/** Lets messages of a bucket have a lifetime of their own, also of one that was made when none had. */
async function allowLifetimes(connection: NatsConnection, bucket: string): Promise<void> {
  const { streams } = await jetstreamManager(connection, { checkAPI: false, timeout: STORE_MS });
  const { config } = await streams.info(`KV_${bucket}`);
  if (config.allow_msg_ttl !== true) await streams.update(config.name, { allow_msg_ttl: true });
}

const isOvertaken = (error: unknown): boolean =>
  error instanceof JetStreamApiError &&
  (error.code === JetStreamApiCodes.StreamWrongLastSequence ||
    error.code === JetStreamApiCodes.StreamWrongLastSequenceUnknown);

async function inTime<T>(bus: Bus, bucket: string, ask: () => Promise<T>): Promise<T> {
  if (!bus.connected)
    throw new BusError('disconnected', `there is no broker, so nothing was asked of the key-value bucket ${bucket}`);
  try {
    return await ask();
  } catch (error) {
    const what = `the key-value bucket ${bucket}`;
    if (error instanceof JetStreamApiError)
      throw new BusError('refused', `${what}: ${error.message}`, undefined, { cause: error });
    const cause = error instanceof errors.RequestError ? error.cause : error;
    if (error instanceof errors.TimeoutError || cause instanceof errors.TimeoutError)
      throw new BusError('timeout', `${what} did not answer`, undefined, { cause: error });
    if (cause instanceof errors.ClosedConnectionError || cause instanceof errors.DrainingConnectionError)
      throw new BusError('disconnected', `${what}: the bus was closed`, undefined, { cause: error });
    throw new BusError('no-responder', `${what}: no JetStream answers (${String(error)})`, undefined, { cause: error });
  }
}
