// The edge: every HTTP route with its schemas, answers, problems, examples and who may call it. The gateway serves from
// this table and /openapi.json is generated from it, so what is documented is what validates.
import { z } from 'zod';
import { eventRoutes } from './event-routes.js';
import { line } from './line.js';
import { bookName, nodeName } from './names.js';
import type { ProblemCode } from './problems.js';
import { acknowledgement, ballotPaper, openRequests, personalReceipt, seat } from './people.js';
import { evidence, protocol, timeouts, transaction, voting } from './transaction.js';
import { books, verification, verificationQuery } from './upkeep.js';

/** Largest body of a request, in bytes: a string of 65,536 bytes can be 393 kB once escaped in JSON. */
export const MAX_BODY_BYTES = 512 * 1024;

/** Longest wait that `Prefer: wait=N` is granted, in seconds; a longer one is shortened to this. */
export const MAX_WAIT_SECONDS = 60;

export const proposal = z
  .strictObject({
    value: line.describe('The string that every participant writes, or none does.'),
    book: bookName.default('main'),
    protocol: protocol
      .optional()
      .describe('The book’s protocol, fixed by its first transaction. Left out: the book’s, or e3pc for a new book.'),
    votes: voting
      .optional()
      .describe(
        'Who votes in the book, fixed by its first transaction. Left out: the book’s, or automatic for a new one.',
      ),
    timeouts: timeouts.partial().optional().describe('Waits of this transaction that differ from the system’s, in ms.'),
  })
  .describe('A string to be recorded by every participant.');
export type Proposal = z.infer<typeof proposal>;

export const idempotencyKey = z.string().regex(/^[\x21-\x7e]{1,128}$/);

export const transactionQuery = z.strictObject({
  state: z
    .enum([...transaction.shape.state.options, 'in-doubt'])
    .optional()
    .describe('in-doubt: deciding past its deadline, with its age and who is missing'),
  book: bookName.optional(),
  cursor: z.string().max(128).optional().describe('`next` of an earlier page'),
  limit: z.coerce.number().int().min(1).max(500).default(50),
});
export type TransactionQuery = z.infer<typeof transactionQuery>;

export const transactionPage = z.object({
  items: z.array(transaction).describe('newest first'),
  next: z.string().nullable().describe('cursor of the next page; null on the last'),
});
export type TransactionPage = z.infer<typeof transactionPage>;

export const participant = z.object({
  id: nodeName,
  registered: z.boolean().describe('it may be put into lists; a participant is registered when it is first heard of'),
  leaving: z.boolean().describe('it was told to leave: it is put into no more lists, and leaves once nothing needs it'),
  able: z.boolean().describe('the list of a transaction that begins now would hold it'),
  live: z.boolean().describe('it has been heard of within the last three seconds'),
  complete: z.boolean().describe('it holds every line it knows of and may vote yes'),
  seenAt: z.iso.datetime().nullable(),
  logId: z.string().nullable(),
  ledgers: z.array(z.object({ book: bookName, lines: z.number().int().nonnegative() })),
  seat: seat
    .pick({ holder: true, since: true })
    .nullable()
    .describe('whose votes count in books with manual votes; null while the broker’s store does not tell'),
});
export type Participant = z.infer<typeof participant>;
export const participants = z.object({ items: z.array(participant) });

export const liveness = z.object({ status: z.literal('ok') });
export const readiness = z.object({
  status: z.enum(['ok', 'unavailable']),
  missing: z.array(z.string()).describe('which parts are missing: broker, coordinator, participant-…'),
});
export type Readiness = z.infer<typeof readiness>;

export interface Route {
  readonly method: 'get' | 'post' | 'put' | 'delete';
  readonly path: string;
  readonly tag: 'transactions' | 'participants' | 'events' | 'health';
  readonly summary: string;
  readonly access: 'operator' | 'anyone';
  readonly body?: z.ZodType;
  readonly query?: z.ZodObject;
  readonly headers?: Readonly<Record<string, { readonly schema: z.ZodType; readonly description: string }>>;
  readonly answers: Readonly<Record<number, Answer>>;
  readonly problems: readonly ProblemCode[];
}
interface Answer {
  readonly description: string;
  readonly schema?: z.ZodType;
  readonly mediaType?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly example?: unknown;
}

const exampleTransaction = {
  id: 'main-42',
  book: 'main',
  number: 42,
  value: 'release 1.4.0 to production',
  protocol: 'e3pc',
  guarantee: 'safe',
  votes: 'automatic',
  state: 'committed',
  phase: null,
  deadline: '2026-01-31T12:00:10.000Z',
  inDoubt: null,
  participants: ['participant-1', 'participant-2', 'participant-3'],
  applied: { done: 3, of: 3 },
  proposer: 'operator',
  createdAt: '2026-01-31T12:00:00.000Z',
  decidedAt: '2026-01-31T12:00:00.007Z',
};
const deciding = {
  ...exampleTransaction,
  state: 'deciding',
  phase: 'voting',
  applied: { done: 0, of: 3 },
  decidedAt: null,
};
const list = ['1', '2', '3'].map((n) => ({ name: `participant-${n}`, logId: n.repeat(32) }));
const everywhere = [
  'unauthorized',
  'overloaded',
  'broker-unreachable',
  'internal',
] as const satisfies readonly ProblemCode[];
const badBody = [
  'invalid-json',
  'invalid-utf8',
  'unknown-field',
  'invalid-field',
  'body-too-large',
  'unsupported-media-type',
] as const satisfies readonly ProblemCode[];
const atParticipant = ['participant-unreachable', ...everywhere] as const satisfies readonly ProblemCode[];

export const routes = {
  propose: {
    method: 'post',
    path: '/api/v1/transactions',
    tag: 'transactions',
    summary: 'Propose a string. Every participant writes it to its ledger, or none does.',
    access: 'operator',
    body: proposal,
    headers: {
      prefer: {
        schema: z.string().optional(),
        description:
          '`wait=N`: answer 200 once the transaction is decided and applied by all live participants, 202 after N seconds (RFC 7240).',
      },
      'idempotency-key': {
        schema: idempotencyKey.optional(),
        description: 'The same key with the same body gives the same transaction for 24 hours, also across crashes.',
      },
    },
    answers: {
      202: {
        description: 'Begun: forced to the coordinator’s journal. `Location` is where to look.',
        schema: transaction,
        headers: { location: '/api/v1/transactions/main-42' },
        example: deciding,
      },
      200: {
        description: 'With `Prefer: wait=N`: decided, and applied by all live participants.',
        schema: transaction,
        headers: { location: '/api/v1/transactions/main-42', 'preference-applied': 'wait=10' },
        example: exampleTransaction,
      },
    },
    problems: [
      'invalid-json',
      'invalid-utf8',
      'unknown-field',
      'invalid-field',
      'value-empty',
      'value-too-long',
      'value-character',
      'value-surrogate',
      'invalid-book',
      'invalid-idempotency-key',
      'idempotency-conflict',
      'book-protocol',
      'book-votes',
      'book-diverged',
      'body-too-large',
      'unsupported-media-type',
      'participants-missing',
      'coordinator-doubled',
      'coordinator-unreachable',
      'begin-unknown',
      ...everywhere,
    ],
  },
  listTransactions: {
    method: 'get',
    path: '/api/v1/transactions',
    tag: 'transactions',
    summary: 'Transactions, newest first.',
    access: 'operator',
    query: transactionQuery,
    answers: {
      200: {
        description: 'One page.',
        schema: transactionPage,
        example: { items: [exampleTransaction], next: null },
      },
    },
    problems: ['invalid-query', 'coordinator-unreachable', ...atParticipant],
  },
  readTransaction: {
    method: 'get',
    path: '/api/v1/transactions/{id}',
    tag: 'transactions',
    summary: 'One transaction. Answered by the participants while the coordinator is away.',
    access: 'operator',
    answers: { 200: { description: 'The transaction.', schema: transaction, example: exampleTransaction } },
    problems: ['unknown-transaction', 'coordinator-unreachable', ...atParticipant],
  },
  readEvidence: {
    method: 'get',
    path: '/api/v1/transactions/{id}/evidence',
    tag: 'transactions',
    summary: 'Why it was decided: votes, ballot, quorum, states seen, rule, and who ran it.',
    access: 'operator',
    answers: {
      200: {
        description: 'The evidence; `decision` is null while the transaction is deciding.',
        schema: evidence,
        example: {
          transaction: 'main-42',
          state: 'committed',
          protocol: 'e3pc',
          guarantee: 'safe',
          list,
          decision: {
            outcome: 'committed',
            rule: 'quorum-acknowledged',
            decidedBy: 'coordinator',
            ballot: { counter: 1, node: '' },
            quorum: 2,
            votes: { 'participant-1': 'yes', 'participant-2': 'yes', 'participant-3': 'yes' },
            states: {},
            acknowledgements: ['participant-1', 'participant-3'],
            decidedAt: '2026-01-31T12:00:00.007Z',
          },
        },
      },
    },
    problems: ['unknown-transaction', 'coordinator-unreachable', ...atParticipant],
  },
  vote: {
    method: 'post',
    path: '/api/v1/transactions/{id}/votes',
    tag: 'transactions',
    summary: 'Vote for a participant whose seat you hold, in a book whose votes are manual.',
    access: 'operator',
    body: ballotPaper,
    answers: {
      200: {
        description: 'The vote is forced to the participant’s journal.',
        schema: personalReceipt,
        example: { transaction: 'release-7', participant: 'participant-1', state: 'waiting' },
      },
    },
    problems: [
      ...badBody,
      'unknown-transaction',
      'unknown-participant',
      'seat-required',
      'vote-refused',
      ...atParticipant,
    ],
  },
  acknowledge: {
    method: 'post',
    path: '/api/v1/transactions/{id}/acknowledgements',
    tag: 'transactions',
    summary: 'Acknowledge the pre-commit for a participant whose seat you hold.',
    access: 'operator',
    body: acknowledgement,
    answers: {
      200: {
        description: 'The participant’s acknowledgement is released; its pre-commit was forced before.',
        schema: personalReceipt,
        example: { transaction: 'release-7', participant: 'participant-1', state: 'pre-commit' },
      },
    },
    problems: [
      ...badBody,
      'unknown-transaction',
      'unknown-participant',
      'seat-required',
      'acknowledgement-refused',
      ...atParticipant,
    ],
  },
  recover: {
    method: 'post',
    path: '/api/v1/transactions/{id}/recover',
    tag: 'transactions',
    summary:
      'Try now to decide a transaction that is in doubt, instead of at the next random moment. Needs a majority.',
    access: 'operator',
    answers: {
      202: { description: 'A ballot was started, or one is running.', schema: transaction, example: deciding },
      200: { description: 'Decided already, or not yet in doubt.', schema: transaction, example: exampleTransaction },
    },
    problems: ['unknown-transaction', 'coordinator-unreachable', ...atParticipant],
  },
  listBooks: {
    method: 'get',
    path: '/api/v1/books',
    tag: 'transactions',
    summary: 'The books: protocol and what it promises, who votes, how many numbers were given.',
    access: 'operator',
    answers: {
      200: {
        description: 'All books.',
        schema: books,
        example: {
          items: [
            { book: 'main', protocol: 'e3pc', guarantee: 'safe', votes: 'automatic', highest: 42, diverged: false },
          ],
        },
      },
    },
    problems: ['coordinator-unreachable', ...everywhere],
  },
  verify: {
    method: 'get',
    path: '/api/v1/verification',
    tag: 'participants',
    summary: 'Compares the ledgers of a book at all participants, byte for byte, and names the first difference.',
    access: 'operator',
    query: verificationQuery,
    answers: {
      200: {
        description: 'The comparison, up to the shortest ledger.',
        schema: verification,
        example: {
          book: 'main',
          equal: true,
          lines: 42,
          ledgers: [
            { participant: 'participant-1', lines: 42, digest: '5e'.repeat(32) },
            { participant: 'participant-2', lines: 44, digest: '5e'.repeat(32) },
          ],
          missing: ['participant-3'],
          firstDifference: null,
        },
      },
    },
    problems: ['invalid-query', 'participant-unreachable', ...everywhere],
  },
  takeSeat: {
    method: 'put',
    path: '/api/v1/participants/{id}/seat',
    tag: 'participants',
    summary:
      'Take a participant’s seat: its votes in books with manual votes are then yours. Until there are accounts, the operator may hold every seat.',
    access: 'operator',
    answers: {
      200: {
        description: 'The seat is yours, or was already.',
        schema: seat,
        example: { participant: 'participant-1', holder: 'operator', since: '2026-01-31T12:00:00.000Z' },
      },
    },
    problems: ['unknown-participant', 'seat-taken', ...everywhere],
  },
  leaveSeat: {
    method: 'delete',
    path: '/api/v1/participants/{id}/seat',
    tag: 'participants',
    summary: 'Give up a participant’s seat. Nothing happens when it is free.',
    access: 'operator',
    answers: { 204: { description: 'The seat is free.' } },
    problems: ['unknown-participant', 'seat-required', ...everywhere],
  },
  listRequests: {
    method: 'get',
    path: '/api/v1/participants/{id}/requests',
    tag: 'participants',
    summary: 'What the holder of a participant’s seat is asked to do now, with absolute deadlines.',
    access: 'operator',
    answers: {
      200: {
        description: 'Open requests, the most urgent first.',
        schema: openRequests,
        example: {
          items: [
            {
              kind: 'vote',
              transaction: 'release-7',
              participant: 'participant-1',
              value: 'release 1.4.0 to production',
              proposer: 'operator',
              deadline: '2026-01-31T12:00:30.000Z',
            },
          ],
        },
      },
    },
    problems: ['unknown-participant', ...atParticipant],
  },
  leave: {
    method: 'delete',
    path: '/api/v1/participants/{id}',
    tag: 'participants',
    summary: 'Let a participant leave: it is put into no more lists, and is gone once nothing needs it.',
    access: 'operator',
    answers: { 204: { description: 'It has left. Its folder may be removed.' } },
    problems: ['unknown-participant', 'participant-needed', 'coordinator-unreachable', ...everywhere],
  },
  listParticipants: {
    method: 'get',
    path: '/api/v1/participants',
    tag: 'participants',
    summary: 'The participants: who is live, and how long each ledger is.',
    access: 'operator',
    answers: {
      200: {
        description: 'All registered participants, and others that were heard of.',
        schema: participants,
        example: {
          items: [
            {
              id: 'participant-1',
              registered: true,
              leaving: false,
              able: true,
              live: true,
              complete: true,
              seenAt: '2026-01-31T12:00:00.000Z',
              logId: '1'.repeat(32),
              ledgers: [{ book: 'main', lines: 42 }],
              seat: { holder: null, since: null },
            },
          ],
        },
      },
    },
    problems: [...everywhere],
  },
  readLedger: {
    method: 'get',
    path: '/api/v1/participants/{id}/ledgers/{book}',
    tag: 'participants',
    summary: 'A participant’s ledger as it stands in its file: line n is transaction n, empty when aborted.',
    access: 'operator',
    answers: {
      200: {
        description: 'The text file.',
        schema: z.string(),
        mediaType: 'text/plain; charset=utf-8',
        example: 'release 1.4.0 to production\n',
      },
    },
    problems: ['unknown-participant', 'unknown-ledger', 'participant-unreachable', ...everywhere],
  },
  ...eventRoutes,
  live: {
    method: 'get',
    path: '/health/live',
    tag: 'health',
    summary: 'The gateway’s process answers.',
    access: 'anyone',
    answers: { 200: { description: 'Alive.', schema: liveness, example: { status: 'ok' } } },
    problems: [],
  },
  ready: {
    method: 'get',
    path: '/health/ready',
    tag: 'health',
    summary: 'Whether transactions can be decided now, and which part is missing.',
    access: 'anyone',
    answers: {
      200: { description: 'Ready.', schema: readiness, example: { status: 'ok', missing: [] } },
      503: {
        description: 'Not ready.',
        schema: readiness,
        example: { status: 'unavailable', missing: ['participant-3'] },
      },
    },
    problems: [],
  },
} as const satisfies Record<string, Route>;
