// The edge: every HTTP route with its schemas, answers, problems, examples and who may call it. The gateway serves from
// this table and /openapi.json is generated from it, so what is documented is what validates.
import { z } from 'zod';
import { line } from './line.js';
import { bookName, nodeName } from './names.js';
import type { ProblemCode } from './problems.js';
import { evidence, timeouts, transaction } from './transaction.js';

/** Largest body of a request, in bytes: a string of 65,536 bytes can be 393 kB once escaped in JSON. */
export const MAX_BODY_BYTES = 512 * 1024;

/** Longest wait that `Prefer: wait=N` is granted, in seconds; a longer one is shortened to this. */
export const MAX_WAIT_SECONDS = 60;

export const proposal = z
  .strictObject({
    value: line.describe('The string that every participant writes, or none does.'),
    book: bookName.default('main'),
    timeouts: timeouts.partial().optional().describe('Waits of this transaction that differ from the system’s, in ms.'),
  })
  .describe('A string to be recorded by every participant.');
export type Proposal = z.infer<typeof proposal>;

export const idempotencyKey = z.string().regex(/^[\x21-\x7e]{1,128}$/);

export const transactionQuery = z.strictObject({
  state: transaction.shape.state.optional(),
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
  live: z.boolean().describe('it has been heard of within the last three seconds'),
  complete: z.boolean().describe('it holds every line it knows of and may vote yes'),
  seenAt: z.iso.datetime().nullable(),
  logId: z.string().nullable(),
  ledgers: z.array(z.object({ book: bookName, lines: z.number().int().nonnegative() })),
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
  readonly method: 'get' | 'post';
  readonly path: string;
  readonly tag: 'transactions' | 'participants' | 'health';
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
  state: 'committed',
  participants: ['participant-1', 'participant-2', 'participant-3'],
  applied: { done: 3, of: 3 },
  proposer: 'operator',
  createdAt: '2026-01-31T12:00:00.000Z',
  decidedAt: '2026-01-31T12:00:00.007Z',
};
const deciding = { ...exampleTransaction, state: 'deciding', applied: { done: 0, of: 3 }, decidedAt: null };
const list = ['1', '2', '3'].map((n) => ({ name: `participant-${n}`, logId: n.repeat(32) }));
const everywhere = [
  'unauthorized',
  'overloaded',
  'broker-unreachable',
  'internal',
] as const satisfies readonly ProblemCode[];

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
      'body-too-large',
      'unsupported-media-type',
      'participants-missing',
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
    problems: ['invalid-query', 'coordinator-unreachable', ...everywhere],
  },
  readTransaction: {
    method: 'get',
    path: '/api/v1/transactions/{id}',
    tag: 'transactions',
    summary: 'One transaction. Answered by the participants while the coordinator is away.',
    access: 'operator',
    answers: { 200: { description: 'The transaction.', schema: transaction, example: exampleTransaction } },
    problems: ['unknown-transaction', 'coordinator-unreachable', ...everywhere],
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
    problems: ['unknown-transaction', 'coordinator-unreachable', ...everywhere],
  },
  listParticipants: {
    method: 'get',
    path: '/api/v1/participants',
    tag: 'participants',
    summary: 'The participants: who is live, and how long each ledger is.',
    access: 'operator',
    answers: {
      200: {
        description: 'All configured participants.',
        schema: participants,
        example: {
          items: [
            {
              id: 'participant-1',
              live: true,
              complete: true,
              seenAt: '2026-01-31T12:00:00.000Z',
              logId: '1'.repeat(32),
              ledgers: [{ book: 'main', lines: 42 }],
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
