// The bus: every subject with the schema of what travels on it. Requests are verbs, facts are in the past tense.
// Schemas are tolerant: a field that a reader does not know is dropped, so that fields may be added.
//
// The protocol's messages carry arrays of transactions that share one list, so that one message serves many. `from` is
// the asking node; replies go to its inbox, never to "the coordinator".
import { z } from 'zod';
import { ballot, bookName, chainedDigest, logId, member, nodeName, startNonce, transactionNumber } from './names.js';
import { problemCodes } from './problems.js';
import { proposal } from './http.js';
import { personalAnswer, personRequest, personVote } from './people.js';
import {
  begin,
  datedDecision,
  knownTransaction,
  outcome,
  participantStateName,
  protocol,
  transaction,
} from './transaction.js';
import { book } from './upkeep.js';

/** A request that is answered on the asker's inbox. */
export interface Operation<Request extends z.ZodType = z.ZodType, Reply extends z.ZodType = z.ZodType> {
  readonly subject: string;
  readonly request: Request;
  readonly reply: Reply;
}

/** A request to one named node: the subject ends in its name. */
export interface NodeOperation<Request extends z.ZodType = z.ZodType, Reply extends z.ZodType = z.ZodType> {
  readonly subjectOf: (node: string) => string;
  readonly request: Request;
  readonly reply: Reply;
}

/** Something that happened, told to whoever listens. */
export interface Fact<Body extends z.ZodType = z.ZodType> {
  readonly subject: string;
  readonly body: Body;
}

const place = z.object({ book: bookName, number: transactionNumber });
const placed = place.extend({
  digest: begin.shape.digest.nullable().describe('null when the sender has heard of the number only'),
});

/** What every request of the commit protocol carries. */
const protocolRequest = z.object({
  from: nodeName,
  epoch: z.number().int().positive().describe('1 until there is a standby coordinator'),
  list: z.array(member).min(1).max(64).describe('the frozen list that all transactions of this message share'),
  protocol: protocol.describe('the protocol that all transactions of this message share'),
});

/** Most numbers in one range of a message. */
export const MAX_RANGE = 10_000;

/** Consecutive numbers of a book. */
export const numberRange = z
  .object({ book: bookName, first: transactionNumber, last: transactionNumber })
  .refine(({ first, last }) => first <= last && last - first < MAX_RANGE, {
    message: `a range holds 1 to ${String(MAX_RANGE)} numbers`,
  });
export type NumberRange = z.infer<typeof numberRange>;

/** Numbers that are begun and not seen decided by the sender, by the list that they share. */
export const openNumbers = z.object({
  list: z.array(member).min(1),
  protocol,
  ranges: z.array(numberRange).min(1),
});
export type OpenNumbers = z.infer<typeof openNumbers>;

/** A decided transaction on its way to a participant that lacks it. Who never voted on it may not know its `begin`. */
export const decidedTransaction = z.object({
  book: bookName,
  number: transactionNumber,
  list: z.array(member).min(1),
  protocol,
  begin: begin.nullable(),
  decision: datedDecision,
  chained: chainedDigest.optional().describe('h(number) at the sender; absent while the line is not written there'),
});
export type DecidedTransaction = z.infer<typeof decidedTransaction>;

/** Answer of a participant to one transaction of a protocol request. */
export const protocolAnswer = place.extend({
  answer: z
    .enum(['yes', 'no', 'state', 'accepted', 'superseded', 'decided', 'not-member', 'mismatch'])
    .describe(
      'yes, no: votes. state: answer to a recovery. accepted: the ballot’s proposal is forced. superseded: a later ballot was promised. decided: the outcome is known. not-member: the list names another node or logId. mismatch: known with another list or value',
    ),
  state: participantStateName.optional(),
  lastAttempt: ballot.optional(),
  lastElected: ballot.optional(),
});
export type ProtocolAnswer = z.infer<typeof protocolAnswer>;

/** How long a ledger is, and what it holds up to there. */
const ledgerMark = z.object({
  book: bookName,
  lines: z.number().int().nonnegative(),
  digest: chainedDigest.describe('h(lines)'),
});

const protocolReply = z.object({
  from: member,
  ballot: ballot.describe('the ballot that is answered: an answer to an earlier one counts for nothing'),
  proposal: z.enum(['pre-commit', 'pre-abort']).optional().describe('what was accepted or refused, if a proposal was'),
  answers: z.array(protocolAnswer),
  ledgers: z.array(ledgerMark).optional().describe('with votes: the ledgers of their books at this participant'),
});
export type ProtocolReply = z.infer<typeof protocolReply>;

/** A proposal on its way from the gateway to the coordinator. */
export const beginRequest = z.object({
  proposals: z
    .array(
      z.object({
        ...proposal.shape,
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

const pageRequest = z.object({
  state: transaction.shape.state.optional(),
  book: bookName.optional(),
  before: z
    .object({ createdAt: z.number().int(), book: bookName, number: transactionNumber })
    .optional()
    .describe('only transactions that come after this one in the order newest first'),
  limit: z.number().int().min(1).max(500),
});
export type PageRequest = z.infer<typeof pageRequest>;

const readReply = z.object({
  transaction: knownTransaction.nullable(),
  recorded: z
    .boolean()
    .default(false)
    .describe('the number was given and is decided, and its transaction is no longer kept here: ask the participants'),
});
const pageReply = z.object({
  items: z
    .array(knownTransaction)
    .describe('in the order `newestFirst`; as many as fit into one message, empty only when nothing follows `before`'),
  openOnly: z
    .boolean()
    .default(false)
    .describe('what is recorded is no longer all kept here: it is to be asked of the participants'),
  end: z.boolean().default(true).describe('nothing that is kept here follows the items'),
});

const recoverReply = readReply.extend({
  started: z.boolean().describe('a ballot was started; false when one is running, or nothing is in doubt'),
});

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
      open: z.array(openNumbers).describe('lower numbers that may still be undecided'),
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
      ranges: z.array(numberRange).min(1),
    }),
    reply: z.object({
      from: member,
      decided: z.array(decidedTransaction).describe('as many as fit into one message'),
      marks: z
        .array(ledgerMark)
        .optional()
        .describe('digests of asked lines whose transactions are no longer kept here'),
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

const heldLedger = z.object({
  book: bookName,
  lines: z.number().int().nonnegative(),
  highest: z.number().int().nonnegative().describe('the greatest number heard of, decided or not'),
  digest: chainedDigest.optional().describe('h(lines)'),
});

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
  /** A participant knows of two decisions of one transaction: 3pc has failed in this book. Heard by the coordinator. */
  diverged: { subject: 'parley.v1.transaction.diverged', body: place.extend({ from: member }) },
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
export type VoteRequest = z.infer<typeof participantOperations.vote.request>;
export type ElectRequest = z.infer<typeof participantOperations.elect.request>;
export type ProposeRequest = z.infer<typeof participantOperations.propose.request>;
export type FetchRequest = z.infer<typeof participantOperations.fetch.request>;
export type KeepRequest = z.infer<typeof participantOperations.keep.request>;
export type KeepReply = z.infer<typeof participantOperations.keep.reply>;
export type FetchReply = z.infer<typeof participantOperations.fetch.reply>;
export type Decided = z.infer<typeof facts.decided.body>;
export type Recorded = z.infer<typeof facts.recorded.body>;
