// Proposals and lists of transactions, as clients send and see them.
import { z } from 'zod';
import { line } from '../line.js';
import { bookName, ownBookName, roomName } from '../names.js';
import { protocol, timeouts, transaction, voting } from '../transaction.js';

/** Longest wait that `Prefer: wait=N` is granted, in seconds; a longer one is shortened to this. */
export const MAX_WAIT_SECONDS = 60;

export const proposal = z
  .strictObject({
    value: line.describe('The string that every participant writes, or none does.'),
    room: roomName
      .optional()
      .describe('Propose in a room, whose member you are: in its book, and as it was agreed when the room was made.'),
    book: ownBookName.optional().describe('Left out: `main`, or the room’s book.'),
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
  .superRefine(({ room, ...others }, context) => {
    if (room === undefined) return;
    for (const field of ['book', 'protocol', 'votes'] as const)
      if (others[field] !== undefined)
        context.addIssue({
          code: 'custom',
          path: [field],
          message: 'a room has its own; leave it out, or leave out `room`',
        });
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
  room: roomName.optional().describe('Only those of a room, for its members. All others are for the operator.'),
  cursor: z.string().max(128).optional().describe('`next` of an earlier page'),
  limit: z.coerce.number().int().min(1).max(500).default(50),
});
export type TransactionQuery = z.infer<typeof transactionQuery>;

export const transactionPage = z.object({
  items: z.array(transaction).describe('newest first'),
  next: z.string().nullable().describe('cursor of the next page; null on the last'),
});
export type TransactionPage = z.infer<typeof transactionPage>;
