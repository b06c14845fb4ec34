// What one node serves under its own name: its ledgers, what its person is asked, and, in tests, its failpoints.
import { z } from 'zod';
import { bookName, chainedDigest } from '../names.js';
import { personalAnswer, personRequest, personVote } from '../people.js';
import type { NodeOperation } from './operation.js';
import { place } from './protocol-messages.js';

/** Served by one participant under its own name. */
export const namedParticipantOperations = {
  ledger: {
    subjectOf: (participant) => `parley.v1.participant.ledger.${participant}`,
    request: z.object({ book: bookName, offset: z.number().int().nonnegative().describe('bytes') }),
    reply: z.object({
      text: z.string().nullable().describe('whole lines from the offset on; null when there is no such ledger'),
      next: z.number().int().nullable().describe('offset of what follows; null at the end'),
    }),
  },
  digest: {
    subjectOf: (participant) => `parley.v1.participant.digest.${participant}`,
    request: z.object({ book: bookName, line: z.number().int().nonnegative() }),
    reply: z.object({
      lines: z.number().int().nonnegative().describe('length of the ledger; 0 when there is none'),
      digest: chainedDigest.nullable().describe('h(line); null beyond the end'),
    }),
  },
  /** What this participant waits for a person to do. */
  requests: {
    subjectOf: (participant) => `parley.v1.participant.requests.${participant}`,
    request: z.object({}),
    reply: z.object({ items: z.array(personRequest) }),
  },
  /** A person's vote. Answered once it is forced. That the person holds the seat is the asker's to see. */
  castVote: {
    subjectOf: (participant) => `parley.v1.participant.cast-vote.${participant}`,
    request: place.extend({ vote: personVote, by: z.string().min(1).max(64) }),
    reply: personalAnswer,
  },
  /** A person's acknowledgement of a pre-commit: releases the participant's. */
  acknowledge: {
    subjectOf: (participant) => `parley.v1.participant.acknowledge.${participant}`,
    request: place.extend({ by: z.string().min(1).max(64) }),
    reply: personalAnswer,
  },
} as const satisfies Record<string, NodeOperation>;

/** Served by every node that was started with --faults, under its own name. Tests and demonstrations only. */
export const faultOperations = {
  arm: {
    subjectOf: (node) => `parley.v1.fault.arm.${node}`,
    request: z.object({
      point: z.string().describe('<before|after>:<effect>, for example after:propose'),
      action: z.enum(['kill', 'stop']).describe('the signal the process sends itself: SIGKILL or SIGSTOP'),
      skip: z.number().int().nonnegative().describe('how often the point passes first'),
    }),
    reply: z.object({ armed: z.boolean() }),
  },
} as const satisfies Record<string, NodeOperation>;
