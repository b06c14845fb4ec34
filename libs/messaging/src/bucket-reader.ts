// Follows a bucket of the key-value store: what stands under each key, and each change, for as long as it is wanted.
import type { Bucket } from '@parley/contracts';
import type { z } from 'zod';
import { groundOf, type Bus } from './bus.js';
import { KeyValue } from './key-value.js';
import { StreamReader } from './stream-reader.js';

interface BucketListener<Value> {
  /** What was told before is lost: all that there is now comes anew. */
  lost(): void;
  /** What stands under a key now, as of this revision; null when nothing does any more. */
  changed(key: string, value: Value | null, revision: number): void;
}

/**
 * Reads until it is stopped, whatever the broker goes through. A change that was overtaken by another may be left out. What
 * stands there against the contract is told in the log, and left out.
 */
export function followBucket<B extends Bucket>(
  bus: Bus,
  bucket: B,
  listener: BucketListener<z.output<B['value']>>,
): StreamReader {
  const { link, log } = groundOf(bus);
  let followed = '';
  return new StreamReader({
    // The stream and its subjects are those of a bucket: NATS architecture decision record 8.
    name: `KV_${bucket.name}`,
    link,
    log,
    make: async () => {
      await KeyValue.open(bus, bucket);
    },
    from: 'beginning',
    listener: {
      began: ({ stream }) => {
        if (followed !== '' && followed !== stream) listener.lost();
        followed = stream;
      },
      message: ({ token: key, sequence, payload }) => {
        // A marker that a key was removed has no payload.
        if (payload.length === 0) return listener.changed(key, null, sequence);
        const value = parsed(bucket, payload);
        if (value.success) listener.changed(key, value.data as z.output<B['value']>, sequence);
        else
          log.error(
            { bucket: bucket.name, key, err: value.error },
            'what stands in the store is not what its contract allows',
          );
      },
      away: () => undefined,
    },
  });
}

function parsed(
  { value }: Bucket,
  payload: Uint8Array,
): { success: true; data: unknown } | { success: false; error: unknown } {
  try {
    return value.safeParse(JSON.parse(new TextDecoder().decode(payload)));
  } catch (error) {
    return { success: false, error };
  }
}
