// What nodes tell to whoever listens.
import { z } from 'zod';
import { bookName, chainedDigest, logId, member, nodeName, startNonce, transactionNumber } from '../names.js';
import { datedDecision, outcome } from '../transaction.js';
import type { Fact } from './operation.js';
import { place, placed, protocolRequest } from './protocol-messages.js';

const heldLedger = z.object({
  book: bookName,
  lines: z.number().int().nonnegative(),
  highest: z.number().int().nonnegative().describe('the greatest number heard of, decided or not'),
  digest: chainedDigest.optional().describe('h(lines)'),
});

const rival = startNonce
  .optional()
  .describe('another start under its own name that it knows to live: it has fallen silent');

/** Told to whoever listens. */
export const facts = {
  /** Every second, and at once when asked by `called` or when `complete` changes. */
  alive: {
    subject: 'parley.v1.node.alive',
    body: z.discriminatedUnion('service', [
      z.object({
        service: z.literal('coordinator'),
        node: nodeName,
        nonce: startNonce,
        rival,
        participants: z.array(nodeName).describe('the registered ones'),
        leaving: z.array(nodeName).default([]).describe('those of them that were told to leave'),
        able: z.array(nodeName).default([]).describe('those that a list would hold now'),
        needed: z
          .number()
          .int()
          .nonnegative()
          .default(0)
          .describe('how many of them must be there and have caught up for a transaction to begin'),
        decided: z
          .array(z.object({ book: bookName, lines: z.number().int().nonnegative() }))
          .default([])
          .describe('up to which number all of a book is decided'),
      }),
      z.object({
        service: z.literal('participant'),
        node: nodeName,
        logId,
        nonce: startNonce,
        rival,
        doubled: z.boolean().default(false).describe('another process lives under its name: it does not vote'),
        complete: z.boolean(),
        ledgers: z.array(heldLedger),
      }),
    ]),
  },
  /** A node that has just started wants to know who is there. */
  called: { subject: 'parley.v1.node.called', body: z.object({ from: nodeName }) },
  /** A ballot decided; heard by participants and by the coordinator. Transactions share one list. */
  decided: {
    subject: 'parley.v1.transaction.decided',
    body: protocolRequest.extend({
      transactions: z.array(placed.extend({ decision: datedDecision })).min(1),
    }),
  },
  /** Some of those are of rooms' books. Chat replicas hear this alone: most transactions are no room's. */
  decidedInRooms: {
    subject: 'parley.v1.room.decided',
    body: z.object({ transactions: z.array(place).min(1) }),
  },
  /**
   * A participant knows of two decisions of one transaction, or sees that another ledger differs up to this line: in a book of
   * 3pc, 3pc has failed. Heard by the coordinator.
   */
  diverged: { subject: 'parley.v1.transaction.diverged', body: place.extend({ from: member }) },
  /** What a participant asks of whoever holds its seat has changed. */
  asked: { subject: 'parley.v1.participant.asked', body: z.object({ participant: nodeName }) },
  /** Somebody has taken a participant's seat, or left it. */
  seated: { subject: 'parley.v1.participant.seated', body: z.object({ participant: nodeName }) },
  /** A participant's ledger grew: lines `first` … in order, each with the outcome and when it was decided. */
  recorded: {
    subject: 'parley.v1.participant.recorded',
    body: z.object({
      from: member,
      book: bookName,
      first: transactionNumber,
      lines: z.array(z.object({ outcome, decidedAt: z.number().int() })).min(1),
    }),
  },
} as const satisfies Record<string, Fact>;

export type Alive = z.infer<typeof facts.alive.body>;
export type Decided = z.infer<typeof facts.decided.body>;
export type DecidedInRooms = z.infer<typeof facts.decidedInRooms.body>;
export type Recorded = z.infer<typeof facts.recorded.body>;
