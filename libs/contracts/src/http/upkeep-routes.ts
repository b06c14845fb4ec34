// What an operator looks after: books, and whether all ledgers are equal.
import { books, verification, verificationQuery } from '../upkeep.js';
import { everywhere, type Route } from './route.js';

export const upkeepRoutes = {
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
    summary:
      'Compares the ledgers of a book at all participants, by chained digests, and names the first line that differs.',
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
} as const satisfies Record<string, Route>;
