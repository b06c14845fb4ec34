// What an operator looks after: books and what holds of each, and whether all ledgers are equal.
import { z } from 'zod';
import { bookName, chainedDigest, nodeName, transactionNumber } from './names.js';
import { guarantee, protocol, voting } from './transaction.js';

/** A book's properties are fixed by its first transaction. */
export const book = z.object({
  book: bookName,
  protocol,
  guarantee,
  votes: voting,
  highest: z.number().int().nonnegative().describe('the greatest number given'),
  diverged: z
    .boolean()
    .describe(
      'two participants were seen to have decided the same transaction differently (3pc only); it takes no more',
    ),
});
export type Book = z.infer<typeof book>;
export const books = z.object({ items: z.array(book) });

export const verificationQuery = z.strictObject({ book: bookName.default('main') });

/**
 * Whether the ledgers of a book are equal up to the shortest, as they were written: participants tell their chained digests.
 * What has become of a file since is not looked at; `parley verify` reads the files.
 */
export const verification = z.object({
  book: bookName,
  equal: z.boolean(),
  lines: z.number().int().nonnegative().describe('the length of the shortest ledger compared'),
  ledgers: z.array(
    z.object({
      participant: nodeName,
      lines: z.number().int().nonnegative(),
      digest: chainedDigest
        .nullable()
        .describe('h(lines): chained SHA-256 of the compared lines, 64 hexadecimal digits; null when there are none'),
    }),
  ),
  missing: z.array(nodeName).describe('participants that did not answer: their ledgers are not compared'),
  firstDifference: z
    .object({
      line: transactionNumber,
      texts: z.array(z.object({ participant: nodeName, text: z.string().describe('empty when aborted') })),
    })
    .nullable(),
});
export type Verification = z.infer<typeof verification>;
