// People's votes: each participant has a seat; who holds it is asked to vote, and to acknowledge the pre-commit, in books
// whose votes are manual. A person's vote and acknowledgement belong to ballot 1: recovery asks processes, never people.
import { z } from 'zod';
import { userKind } from './accounts.js';
import { bookName, nodeName, roomName, transactionNumber } from './names.js';
import { participantStateName } from './transaction.js';

const isoTime = z.iso.datetime();

export const personVote = z
  .enum(['commit', 'abort'])
  .describe('commit: yes. abort: no, and the transaction is aborted.');

/** Who may hold a seat: users, each one seat or many, and the operator. */
export const seatHolder = z.object({
  name: z.string(),
  kind: z.enum(['operator', ...userKind.options]),
  session: z.string().nullable().describe('the digest of a guest’s session: when that is over, the seat is free'),
});
export type SeatHolder = z.infer<typeof seatHolder>;

/** Who votes for a participant. Truth is the broker's key-value store, changed by compare-and-set only. */
export const seat = z.object({
  participant: nodeName,
  holder: z.string().nullable().describe('name of a user, or `operator`; null when the seat is free'),
  since: isoTime.nullable(),
});
export type Seat = z.infer<typeof seat>;

/** What a participant waits for its seat's holder to do. Times on the bus are milliseconds since the epoch. */
export const personRequest = z.object({
  kind: z.enum(['vote', 'acknowledgement']),
  book: bookName,
  number: transactionNumber,
  value: z.string(),
  proposer: z.string(),
  deadline: z.number().int().describe('when the coordinator stops waiting for it, by its clock'),
});
export type PersonRequest = z.infer<typeof personRequest>;

/** What became of a person's vote or acknowledgement. The first durable one wins; a later one is refused with the state. */
export const personalAnswer = z.object({
  taken: z.boolean().describe('true: forced to the participant’s journal before this answer left'),
  reason: z
    .enum(['double', 'late', 'superseded', 'not-asked', 'automatic', 'incomplete', 'unknown'])
    .optional()
    .describe(
      'double: voted or acknowledged before. late: the transaction is decided. superseded: a recovery has taken over. ' +
        'not-asked: nothing waits for it now. automatic: people do not vote in this book. incomplete: the participant lacks ' +
        'lower lines and has voted no. unknown: no such transaction here.',
    ),
  state: participantStateName.nullable().describe('the transaction at this participant; null when it is unknown there'),
});
export type PersonalAnswer = z.infer<typeof personalAnswer>;

/** Body of `POST /transactions/{id}/votes`. */
export const ballotPaper = z
  .strictObject({ participant: nodeName, vote: personVote })
  .describe('The vote of the holder of a participant’s seat.');
export type BallotPaper = z.infer<typeof ballotPaper>;

/** Body of `POST /transactions/{id}/acknowledgements`. */
export const acknowledgement = z
  .strictObject({ participant: nodeName })
  .describe('The acknowledgement of a pre-commit by the holder of a participant’s seat.');
export type Acknowledgement = z.infer<typeof acknowledgement>;

/** Answer to a vote or an acknowledgement that was taken. */
export const personalReceipt = z.object({
  transaction: z.string(),
  participant: nodeName,
  state: participantStateName.describe('the transaction at this participant, forced'),
});
export type PersonalReceipt = z.infer<typeof personalReceipt>;

/** A person's open request as clients see it. */
export const openRequest = z.object({
  kind: personRequest.shape.kind,
  transaction: z.string(),
  participant: nodeName,
  value: z.string(),
  proposer: z.string(),
  room: roomName.nullable().describe('where it was proposed; null in a book that is no room’s'),
  deadline: isoTime,
});
export type OpenRequest = z.infer<typeof openRequest>;
export const openRequests = z.object({ items: z.array(openRequest) });
