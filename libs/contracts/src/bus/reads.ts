// Reading transactions, one or a page, and trying one again: asked of the coordinator, and of participants while it is away.
import { z } from 'zod';
import { bookName, transactionNumber } from '../names.js';
import { knownTransaction, transaction } from '../transaction.js';

export const pageRequest = z.object({
  state: transaction.shape.state.optional(),
  book: bookName.optional(),
  before: z
    .object({ createdAt: z.number().int(), book: bookName, number: transactionNumber })
    .optional()
    .describe('only transactions that come after this one in the order newest first'),
  limit: z.number().int().min(1).max(500),
});
export type PageRequest = z.infer<typeof pageRequest>;

export const readReply = z.object({
  transaction: knownTransaction.nullable(),
  recorded: z
    .boolean()
    .default(false)
    .describe('the number was given and is decided, and its transaction is no longer kept here: ask the participants'),
});
export const pageReply = z.object({
  items: z
    .array(knownTransaction)
    .describe('in the order `newestFirst`; as many as fit into one message, empty only when nothing follows `before`'),
  openOnly: z
    .boolean()
    .default(false)
    .describe('what is recorded is no longer all kept here: it is to be asked of the participants'),
  end: z.boolean().default(true).describe('nothing that is kept here follows the items'),
});

export const recoverReply = readReply.extend({
  started: z.boolean().describe('a ballot was started; false when one is running, or nothing is in doubt'),
});
