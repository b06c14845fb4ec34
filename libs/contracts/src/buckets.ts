// What is kept in the broker's key-value store, each bucket with the schema of its values.
import { z } from 'zod';
import { logId, startNonce } from './names.js';
import { seat } from './people.js';

export interface Bucket<Value extends z.ZodType = z.ZodType> {
  readonly name: string;
  readonly value: Value;
}

export const buckets = {
  /** By node name: the journal that last started under it, and the nonce of that start. */
  nodes: { name: 'parley-v1-nodes', value: z.object({ logId, nonce: startNonce }) },
  /** By participant: who holds its seat. */
  seats: { name: 'parley-v1-seats', value: seat.pick({ holder: true, since: true }) },
} as const satisfies Record<string, Bucket>;
export type StartedNode = z.infer<typeof buckets.nodes.value>;
export type HeldSeat = z.infer<typeof buckets.seats.value>;
