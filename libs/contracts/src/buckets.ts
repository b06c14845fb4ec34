// What is kept in the broker's key-value store, each bucket with the schema of its values.
import { z } from 'zod';
import { sessionKey, userKind } from './accounts.js';
import { logId, startNonce } from './names.js';
import { seat, seatHolder } from './people.js';
import { roomCheckpoint, roomOutline, roomRecollection } from './room-snapshots.js';

export interface Bucket<Value extends z.ZodType = z.ZodType> {
  readonly name: string;
  readonly value: Value;
  /** A value goes when it has not been changed for so long; it stays when absent. */
  readonly ttlMs?: number;
  /** How long it is told that a value was removed, whole seconds; for as long as the value would have been there when absent. */
  readonly removedMs?: number;
}

const time = z.number().int().describe('ms since the epoch');

const keptSession = z.object({ name: z.string(), kind: userKind, expiresAt: time });
export type KeptSession = z.infer<typeof keptSession>;

export const buckets = {
  /** By node name: the journal that last started under it, and the nonce of that start. */
  nodes: { name: 'parley-v1-nodes', value: z.object({ logId, nonce: startNonce }) },
  /** By participant: who holds its seat. */
  seats: { name: 'parley-v1-seats', value: z.object({ holder: seatHolder.nullable(), since: seat.shape.since }) },
  /**
   * By what a name looks like (a digest, see apps/chat/src/names/skeleton.ts), so that nobody can have a name that looks
   * like another's: whose it is. Names stay when nobody has them any more, those of guests up to a bound.
   */
  names: {
    name: 'parley-v1-names',
    // Nothing is left of a name that was removed. Who has not listened for so long learns of it when he looks.
    removedMs: 24 * 3_600_000,
    value: z.object({
      name: z.string().describe('as its owner typed it, or its last owner'),
      owner: z.discriminatedUnion('kind', [
        z.object({ kind: z.literal('account'), password: z.string().describe('argon2id'), createdAt: time }),
        z.object({ kind: z.literal('guest'), session: z.string().describe('key of the session that holds it') }),
      ]),
    }),
  },
  /** By the digest of a name's key: who with an account is connected, or was last, and has not been found gone since. */
  connected: { name: 'parley-v1-connected', value: z.object({ name: z.string(), at: time }) },
  /** By the digest of the token. */
  accountSessions: { name: 'parley-v1-account-sessions', value: keptSession, ttlMs: 30 * 24 * 3_600_000 },
  /** By the digest of a ticket: the session that it was given to. Taken out by whoever shows it. */
  tickets: { name: 'parley-v1-tickets', value: sessionKey, ttlMs: 60_000 },
  /** The same for guests, whose sessions last a minute from their last request. */
  guestSessions: { name: 'parley-v1-guest-sessions', value: keptSession, ttlMs: 600_000 },
  /**
   * Of all rooms, under `rooms`: up to where in their record the next two buckets save reading it. In all three what is not
   * understood is as good as nothing: it follows from the record.
   */
  roomCheckpoint: { name: 'parley-v1-room-checkpoint', value: roomCheckpoint.nullable().catch(null) },
  /** By room. */
  roomOutlines: { name: 'parley-v1-room-outlines', value: roomOutline.nullable().catch(null) },
  /** By room. */
  roomRecollections: { name: 'parley-v1-room-recollections', value: roomRecollection.nullable().catch(null) },
} as const satisfies Record<string, Bucket>;
export type StartedNode = z.infer<typeof buckets.nodes.value>;
export type NameRecord = z.infer<typeof buckets.names.value>;
export type HeldSeat = z.infer<typeof buckets.seats.value>;
