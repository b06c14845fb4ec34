// What the coordinator serves.
import { z } from 'zod';
import { proposal } from '../http/transactions.js';
import { bookName, nodeName } from '../names.js';
import { problemCodes } from '../problems.js';
import { begin, knownTransaction } from '../transaction.js';
import { book } from '../upkeep.js';
import type { Operation } from './operation.js';
import { place } from './protocol-messages.js';
import { pageReply, pageRequest, readReply, recoverReply } from './reads.js';

const { room, ...proposed } = proposal.shape;

/** A proposal on its way from the gateway to the coordinator. A room is told by its book. */
export const beginRequest = z.object({
  proposals: z
    .array(
      z.object({
        ...proposed,
        book: bookName,
        proposer: begin.shape.proposer,
        correlation: begin.shape.correlation,
        idempotency: begin.shape.idempotency,
      }),
    )
    .min(1),
});
export type BeginRequest = z.infer<typeof beginRequest>;

const begun = z.object({
  ok: z.literal(true),
  repeated: z.boolean(),
  transaction: knownTransaction.nullable(),
  recorded: place.optional().describe('where the participants have it, when it is no longer kept here'),
});
const refused = z.object({ ok: z.literal(false), code: z.enum(problemCodes), detail: z.string() });
export const beginResult = z.discriminatedUnion('ok', [begun, refused]);
export type BeginResult = z.infer<typeof beginResult>;

const departure = z.object({
  known: z.boolean().describe('there is such a participant, or it has left before'),
  left: z.boolean(),
  outstanding: z.array(z.string()).describe('while it has not left: what still needs it, one sentence each'),
});
export type Departure = z.infer<typeof departure>;

/** Served by the coordinator. Participants serve the reads too, for when it is away. */
export const coordinatorOperations = {
  begin: {
    subject: 'parley.v1.coordinator.begin',
    request: beginRequest,
    reply: z.object({ results: z.array(beginResult) }),
  },
  read: { subject: 'parley.v1.coordinator.read', request: place, reply: readReply },
  page: { subject: 'parley.v1.coordinator.page', request: pageRequest, reply: pageReply },
  /** Try again now to decide a transaction that is in doubt. Not known, or not here any more: `transaction` is null. */
  recover: { subject: 'parley.v1.coordinator.recover', request: place, reply: recoverReply },
  /** Lets a participant leave: it is put into no more lists, and is gone once nothing needs it. */
  leave: {
    subject: 'parley.v1.coordinator.leave',
    request: z.object({ participant: nodeName }),
    reply: departure,
  },
  books: { subject: 'parley.v1.coordinator.books', request: z.object({}), reply: z.object({ items: z.array(book) }) },
} as const satisfies Record<string, Operation>;
