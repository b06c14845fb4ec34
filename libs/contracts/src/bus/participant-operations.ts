// What participants serve together: one request is published to all, each replies to the asker's inbox.
import { z } from 'zod';
import { ballot, member, nodeName } from '../names.js';
import { begin } from '../transaction.js';
import type { Operation } from './operation.js';
import {
  MAX_OPEN,
  MAX_RANGE,
  numbersIn,
  decidedTransaction,
  ledgerMark,
  numberRange,
  openNumbers,
  place,
  placed,
  protocolReply,
  protocolRequest,
} from './protocol-messages.js';
import { pageReply, pageRequest, readReply, recoverReply } from './reads.js';

/**
 * Served by every participant: one request is published to all, each replies to the asker's inbox. The coordinator too
 * serves `fetch`: an abort by the vote deadline may be known to it alone.
 */
export const participantOperations = {
  vote: {
    subject: 'parley.v1.participant.vote',
    request: protocolRequest.extend({
      deadline: z.number().int().describe('when the coordinator stops waiting for votes, ms since the epoch'),
      transactions: z.array(begin).min(1),
      open: z
        .array(openNumbers)
        .refine((open) => numbersIn(open.flatMap(({ ranges }) => ranges)) <= MAX_OPEN, {
          message: `at most ${String(MAX_OPEN)} numbers are open`,
        })
        .describe('lower numbers that may still be undecided'),
    }),
    reply: protocolReply,
  },
  elect: {
    subject: 'parley.v1.participant.elect',
    request: protocolRequest.extend({ ballot, transactions: z.array(placed).min(1) }),
    reply: protocolReply,
  },
  propose: {
    subject: 'parley.v1.participant.propose',
    request: protocolRequest.extend({
      ballot,
      proposal: z.enum(['pre-commit', 'pre-abort']),
      deadline: z.number().int().describe('when the proposer stops waiting for acknowledgements, ms since the epoch'),
      transactions: z.array(placed).min(1),
    }),
    reply: protocolReply,
  },
  fetch: {
    subject: 'parley.v1.participant.fetch',
    request: z.object({
      from: nodeName,
      ranges: z
        .array(numberRange)
        .min(1)
        .refine((ranges) => numbersIn(ranges) <= MAX_RANGE, {
          message: `at most ${String(MAX_RANGE)} numbers are asked for`,
        }),
    }),
    reply: z.object({
      from: member,
      decided: z.array(decidedTransaction).describe('as many as fit into one message'),
      marks: z
        .array(ledgerMark)
        .optional()
        .describe('h of lines: a participant’s, right before what it tells; the coordinator’s, among those asked for'),
    }),
  },
  /** What a recorded abort was about, for those who recorded it without having been told: its sender is to forget it. */
  keep: {
    subject: 'parley.v1.participant.keep',
    request: z.object({ from: nodeName, transactions: z.array(decidedTransaction).min(1) }),
    reply: z.object({ from: member, kept: z.array(place).describe('those that can be read here from now on') }),
  },
  read: { subject: 'parley.v1.participant.read', request: place, reply: readReply },
  page: { subject: 'parley.v1.participant.page', request: pageRequest, reply: pageReply },
  recover: { subject: 'parley.v1.participant.recover', request: place, reply: recoverReply },
} as const satisfies Record<string, Operation>;

export type VoteRequest = z.infer<typeof participantOperations.vote.request>;
export type ElectRequest = z.infer<typeof participantOperations.elect.request>;
export type ProposeRequest = z.infer<typeof participantOperations.propose.request>;
export type FetchRequest = z.infer<typeof participantOperations.fetch.request>;
export type KeepRequest = z.infer<typeof participantOperations.keep.request>;
export type KeepReply = z.infer<typeof participantOperations.keep.reply>;
export type FetchReply = z.infer<typeof participantOperations.fetch.reply>;
