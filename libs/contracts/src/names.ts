// Names that travel: books, nodes, transactions. None of them can hold a character that has a meaning in a NATS
// subject, a file name or a shell, so none ever needs escaping.
import { z } from 'zod';

/** Name of a room. */
export const roomName = z
  .string()
  .regex(/^[a-z0-9-]{1,32}$/, 'a room name is 1 to 32 characters of a-z, 0-9 and -')
  .describe('1 to 32 characters of a-z, 0-9 and -.');

/** Name of a book that is no room's, as the operator gives it. */
export const ownBookName = z
  .string()
  .regex(/^[a-z0-9-]{1,32}$/, 'a book name is 1 to 32 characters of a-z, 0-9 and -')
  .describe('Book: a named, totally ordered ledger. 1 to 32 characters of a-z, 0-9 and -.');

/**
 * Name of a book: a totally ordered ledger of which every participant holds one text file. That of a room is `room_` and the
 * room's name. No other book has an underscore in its name, so a room shares its book with no other and with nobody else.
 */
export const bookName = z
  .string()
  .regex(
    /^(room_)?[a-z0-9-]{1,32}$/,
    'a book name is 1 to 32 characters of a-z, 0-9 and -, after room_ if it is a room’s',
  )
  .describe('Book: a named, totally ordered ledger. 1 to 32 characters of a-z, 0-9 and -; `room_<room>` is a room’s.');

const ROOM_PREFIX = 'room_';

export const bookOfRoom = (room: string): string => `${ROOM_PREFIX}${room}`;

/** The room whose book it is; null when it is no room's. */
export const roomOfBook = (book: string): string | null =>
  book.startsWith(ROOM_PREFIX) ? book.slice(ROOM_PREFIX.length) : null;

/** Name of a node (participant or coordinator). ASCII only, so that comparing strings compares bytes. */
export const nodeName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$/, 'a node name is 1 to 32 characters of A-Z, a-z, 0-9, _ and -')
  .describe('Name of a participant or of the coordinator.');

/** Random identity in the header of a node's journal, 32 hexadecimal digits. A new journal is a new member. */
export const logId = z.string().regex(/^[0-9a-f]{32}$/, 'a logId is 32 hexadecimal digits');

/**
 * What a ledger holds up to line n: h(n) = SHA-256(h(n-1), n, outcome, bytes of the string), h(0) = 32 zero bytes, in
 * hexadecimal. The exact bytes are in docs/commit-protocol.md, "Ledgers".
 */
export const chainedDigest = z.string().regex(/^[0-9a-f]{64}$/, 'a digest is 64 hexadecimal digits');

/** Random, new at each start of a node: which of its lives speaks. 32 hexadecimal digits. */
export const startNonce = z.string().regex(/^[0-9a-f]{32}$/, 'a start nonce is 32 hexadecimal digits');

/** Number of a transaction in its book, and of its line in every ledger of that book: 1, 2, 3 … */
export const transactionNumber = z.number().int().positive();

/** A listed participant: its name, and the logId of the journal it voted with. */
export const member = z.object({ name: nodeName, logId });
export type Member = z.infer<typeof member>;

/**
 * An attempt to decide. Ballot 1 is the coordinator's and carries no node; later ones are ordered by counter, then by
 * the bytes of the node's name. `{ counter: 0, node: '' }` stands for "none yet".
 */
export const ballot = z.object({ counter: z.number().int().nonnegative(), node: z.string().max(32) });
export type Ballot = z.infer<typeof ballot>;

/** A transaction's place: which book, which line. */
export interface Place {
  readonly book: string;
  readonly number: number;
}

/** `main-42` for transaction 42 of book `main`. */
export const transactionId = ({ book, number }: Place): string => `${book}-${String(number)}`;

/** The place a transaction's id names, or undefined when it is not the id of any transaction. */
export function parseTransactionId(id: string): Place | undefined {
  const match = /^((?:room_)?[a-z0-9-]{1,32})-([1-9][0-9]{0,14})$/.exec(id);
  return match?.[1] === undefined ? undefined : { book: match[1], number: Number(match[2]) };
}
