// Transactions: proposing, listing and reading them, why they were decided, and trying again.
import { z } from 'zod';
import { evidence, transaction } from '../transaction.js';
import { atParticipant, badBody, everywhere, inRoom, type Route } from './route.js';
import { idempotencyKey, proposal, transactionPage, transactionQuery } from './transactions.js';

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
  room: null,
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

export const transactionRoutes = {
  propose: {
    method: 'post',
    path: '/api/v1/transactions',
    tag: 'transactions',
    summary:
      'Propose a string. Every participant writes it to its ledger, or none does. In a room its members propose, elsewhere the operator.',
    access: 'principal',
    body: { schema: proposal, example: { value: 'release 1.4.0 to production' } },
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
      ...badBody,
      'value-empty',
      'value-too-long',
      'value-character',
      'value-surrogate',
      'invalid-book',
      'operator-required',
      ...inRoom,
      'too-many-proposals',
      'invalid-idempotency-key',
      'idempotency-conflict',
      'book-protocol',
      'book-votes',
      'book-diverged',
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
    access: 'principal',
    query: transactionQuery,
    answers: {
      200: {
        description: 'One page.',
        schema: transactionPage,
        example: { items: [exampleTransaction], next: null },
      },
    },
    problems: ['invalid-query', 'operator-required', ...inRoom, 'coordinator-unreachable', ...atParticipant],
  },
  readTransaction: {
    method: 'get',
    path: '/api/v1/transactions/{id}',
    tag: 'transactions',
    summary: 'One transaction. Answered by the participants while the coordinator is away.',
    access: 'principal',
    answers: { 200: { description: 'The transaction.', schema: transaction, example: exampleTransaction } },
    problems: ['unknown-transaction', 'operator-required', ...inRoom, 'coordinator-unreachable', ...atParticipant],
  },
  readEvidence: {
    method: 'get',
    path: '/api/v1/transactions/{id}/evidence',
    tag: 'transactions',
    summary: 'Why it was decided: votes, ballot, quorum, states seen, rule, and who ran it.',
    access: 'principal',
    answers: {
      200: {
        description: 'The evidence; `decision` is null while the transaction is deciding.',
        schema: evidence,
        example: {
          transaction: 'main-42',
          proposer: 'operator',
          room: null,
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
    problems: ['unknown-transaction', 'operator-required', ...inRoom, 'coordinator-unreachable', ...atParticipant],
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
} as const satisfies Record<string, Route>;
