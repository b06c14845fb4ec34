// Every error a client can get: code, HTTP status, title and what to do. The code is stable; texts may be improved.
// Answers are RFC 9457 problem documents; `code` and, where it applies, `field` and `position` are extension members.
import { z } from 'zod';
import { chatProblems } from './chat-problems.js';

interface ProblemKind {
  readonly status: number;
  readonly title: string;
  readonly remedy: string;
}

const kinds = {
  'invalid-json': {
    status: 400,
    title: 'The body is not JSON',
    remedy:
      'Send one JSON object. `position` is the first character that does not fit, counted in code points from zero.',
  },
  'invalid-utf8': {
    status: 400,
    title: 'The body is not UTF-8',
    remedy: 'Encode the body as UTF-8. `position` is the first byte that does not fit, counted from zero.',
  },
  'unknown-field': {
    status: 400,
    title: 'The body has a field that this operation does not know',
    remedy: 'Remove the field named in `field`, or correct its spelling; /openapi.json lists the fields.',
  },
  'invalid-field': {
    status: 400,
    title: 'A field is missing or has a value that is not allowed',
    remedy: 'Correct the field named in `field`; `detail` says what is expected.',
  },
  'value-empty': {
    status: 400,
    title: 'The string is empty',
    remedy: 'Send a string of at least one character: an empty line in a ledger stands for an abort.',
  },
  'value-too-long': {
    status: 400,
    title: 'The string is too long',
    remedy: 'Send at most 65,536 bytes of UTF-8. `position` is the first character that no longer fits.',
  },
  'value-character': {
    status: 400,
    title: 'The string has a line break or a control character',
    remedy: 'Remove the character at `position` (code points from zero): one transaction is one line of a text file.',
  },
  'value-surrogate': {
    status: 400,
    title: 'The string has half of a surrogate pair',
    remedy: 'Send well-formed Unicode; the lone surrogate is at `position` (code points from zero).',
  },
  'invalid-book': {
    status: 400,
    title: 'The name of the book is not allowed',
    remedy: 'Use 1 to 32 characters of a-z, 0-9 and -.',
  },
  'invalid-query': {
    status: 400,
    title: 'A query parameter is not allowed',
    remedy: 'Correct the parameter named in `field`; a cursor must be one that an earlier answer gave.',
  },
  'invalid-idempotency-key': {
    status: 400,
    title: 'The Idempotency-Key is not allowed',
    remedy: 'Use 1 to 128 visible ASCII characters, for example a UUID.',
  },
  unauthorized: {
    status: 401,
    title: 'A valid token is required',
    remedy:
      'Send `Authorization: Bearer <token>`: the operator’s, from the file that `npm start` prints, or where users may ask a session’s.',
  },
  'unknown-route': {
    status: 404,
    title: 'There is nothing at this address',
    remedy: 'See /docs for the addresses that exist.',
  },
  'unknown-transaction': {
    status: 404,
    title: 'There is no such transaction',
    remedy: 'An id is <book>-<number>, for example main-42; GET /api/v1/transactions lists them.',
  },
  'unknown-participant': {
    status: 404,
    title: 'There is no such participant',
    remedy: 'GET /api/v1/participants lists them.',
  },
  'operator-required': {
    status: 403,
    title: 'This is for the operator',
    remedy: 'Do it in a room, with `room`: its members propose there, and see what was proposed.',
  },
  'seat-required': {
    status: 403,
    title: 'The seat of this participant is not yours',
    remedy: 'Take the seat first: PUT /api/v1/participants/{id}/seat. GET /api/v1/participants says who holds it.',
  },
  'unknown-ledger': {
    status: 404,
    title: 'The participant has no ledger of this book',
    remedy: 'A ledger appears with the first transaction of its book; GET /api/v1/participants lists them.',
  },
  'method-not-allowed': {
    status: 405,
    title: 'This address does not take this method',
    remedy: 'Use one of the methods in the Allow header.',
  },
  'idempotency-conflict': {
    status: 409,
    title: 'The Idempotency-Key was used with another body',
    remedy: 'Use a new key for a new transaction, or repeat the first body exactly to get the first transaction.',
  },
  'book-protocol': {
    status: 409,
    title: 'The book has another protocol',
    remedy: 'Leave `protocol` out, or use another book: a book keeps the protocol of its first transaction.',
  },
  'book-votes': {
    status: 409,
    title: 'The votes of this book are made in another way',
    remedy: 'Leave `votes` out, or use another book: a book keeps the way of its first transaction.',
  },
  'book-diverged': {
    status: 409,
    title: 'The ledgers of this book disagree',
    remedy:
      'It takes no more transactions: 3pc is unsafe under partition, and it has happened. Use another book, with e3pc.',
  },
  'seat-taken': {
    status: 409,
    title: 'Somebody else holds the seat',
    remedy: 'The holder, or the operator, frees it by DELETE /api/v1/participants/{id}/seat.',
  },
  'vote-refused': {
    status: 409,
    title: 'The vote was not taken',
    remedy: '`detail` says why and what the state is. The first vote that was forced counts; it cannot be changed.',
  },
  'acknowledgement-refused': {
    status: 409,
    title: 'The acknowledgement was not taken',
    remedy: '`detail` says why and what the state is. Nothing needs to be done: the processes decide without it.',
  },
  'participant-needed': {
    status: 409,
    title: 'The participant cannot leave yet',
    remedy:
      '`detail` says what is outstanding. It gets no new transactions and leaves as soon as that is settled; repeat to see.',
  },
  'body-too-large': {
    status: 413,
    title: 'The body is too large',
    remedy: 'Shorten it; `detail` says how many bytes are allowed.',
  },
  'unsupported-media-type': {
    status: 415,
    title: 'The body has another type than is asked for',
    remedy: 'Send `Content-Type: application/json`, or what `detail` names, without a charset or with utf-8.',
  },
  overloaded: {
    status: 503,
    title: 'Too many requests are under way',
    remedy: 'Nothing was begun. Repeat after the seconds in Retry-After.',
  },
  'participants-missing': {
    status: 503,
    title: 'Too few participants are there',
    remedy: 'Nothing was begun. Start the participants named in `detail`, then repeat.',
  },
  'coordinator-doubled': {
    status: 503,
    title: 'Two coordinators are running',
    remedy:
      'Nothing was begun. Stop both and start the right one alone; the log of either says how to tell which it is.',
  },
  'coordinator-unreachable': {
    status: 503,
    title: 'The coordinator does not answer',
    remedy: 'Nothing was begun. Repeat after the seconds in Retry-After; what the participants know can still be read.',
  },
  'begin-unknown': {
    status: 503,
    title: 'It is not known whether the transaction began',
    remedy:
      'Repeat with the same Idempotency-Key and body: that never makes a second transaction. Without a key, look at GET /api/v1/transactions first.',
  },
  'events-unavailable': {
    status: 503,
    title: 'The stream of events cannot be read',
    remedy: 'Repeat after the seconds in Retry-After. Transactions are decided all the same; evidence can be read.',
  },
  'participant-unreachable': {
    status: 503,
    title: 'The participant does not answer',
    remedy:
      'Repeat after the seconds in Retry-After. A ledger can be read at another participant: they are equal. A vote that was taken is refused as double when it is repeated.',
  },
  'broker-unreachable': {
    status: 503,
    title: 'The broker does not answer',
    remedy:
      'Repeat after the seconds in Retry-After; the gateway reconnects by itself. /health/ready says what is missing.',
  },
  ...chatProblems,
  internal: {
    status: 500,
    title: 'The server made a mistake',
    remedy: 'Look for the request’s `correlation` in the log of the gateway, and report it.',
  },
} as const satisfies Record<string, ProblemKind>;

export type ProblemCode = keyof typeof kinds;
export const problemKinds: Readonly<Record<ProblemCode, ProblemKind>> = kinds;
export const problemCodes = Object.keys(kinds) as [ProblemCode, ...ProblemCode[]];

/** Body of every error answer, `application/problem+json`. */
export const problem = z.object({
  type: z.string().describe('/docs/problems#<code>'),
  title: z.string(),
  status: z.number().int(),
  code: z.enum(problemCodes),
  detail: z.string().describe('what, where'),
  remedy: z.string().describe('what to do'),
  field: z.string().optional().describe('JSON pointer into the body, or the name of a header or query parameter'),
  position: z.number().int().optional().describe('zero-based; code points unless the remedy says bytes'),
  correlation: z.string().optional().describe('find the request in the logs by this'),
});
export type Problem = z.infer<typeof problem>;
