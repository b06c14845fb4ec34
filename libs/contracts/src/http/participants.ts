// Participants as clients see them.
import { z } from 'zod';
import { bookName, nodeName } from '../names.js';
import { seat } from '../people.js';

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
