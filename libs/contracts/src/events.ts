// Protocol events: what nodes tell of the protocol while it runs, for whoever watches. Facts in the past tense. Nothing
// rests on them: they may be lost, and say so; what is true stands in the nodes' journals.
//
// One event is one step of one process, and may concern many transactions: what they share stands once, what differs
// stands with each. It is told when it is performed, so never before what it says is forced.
import { z } from 'zod';
import { ballot, nodeName } from './names.js';
import { decisionRule, outcome, participantStateName } from './transaction.js';

/** Most entries of a vector clock. Processes are nodes, and there are not that many. */
export const MAX_CLOCK_ENTRIES = 256;

const instant = z.number().int().nonnegative();

/** Entries by node: how far each had come in what this can have been influenced by. See docs/events.md. */
const vectorClock = z
  .record(nodeName, instant)
  .refine((clock) => Object.keys(clock).length <= MAX_CLOCK_ENTRIES, {
    message: `a clock has at most ${String(MAX_CLOCK_ENTRIES)} entries`,
  })
  .describe(
    'Vector clock, by node, the event’s own node included. An entry grows with each step of its node, by no fixed amount.',
  );

/** What a message carries of its sender's clocks. */
export const stamp = z.object({ lamport: instant, vector: vectorClock });

const proposal = z.enum(['pre-commit', 'pre-abort']);
const answer = z.enum([
  'yes',
  'no',
  'state',
  'accepted',
  'superseded',
  'decided',
  'recorded',
  'not-member',
  'mismatch',
]);
const deadline = z.number().int().describe('ms since the epoch');
export const transactionName = z
  .string()
  .regex(/^(room_)?[a-z0-9-]{1,32}-[1-9][0-9]{0,14}$/, 'a transaction is <book>-<number>');

const told = z.object({
  id: z.string().max(64).describe('the same event never has another, and no other event has it'),
  node: nodeName.describe('who did it'),
  at: instant.describe('by the clock of its node, ms since the epoch'),
  lamport: instant.describe('Lamport’s time: greater than that of all that happened before'),
  vector: vectorClock,
});

/** Most transactions of one event. */
const MAX_EVENT_TRANSACTIONS = 10_000;

const nobody = z.tuple([]).describe('it concerns no transaction');
const concerning = <Shape extends z.core.$ZodLooseShape>(differs: Shape) =>
  z
    .array(z.object({ id: transactionName, ...differs }))
    .min(1)
    .max(MAX_EVENT_TRANSACTIONS);

/** Everything that is told. Names have the form `<what>.<past tense>`. */
export const protocolEvent = z.discriminatedUnion('type', [
  told
    .extend({ type: z.literal('node.restarted'), transactions: nobody })
    .describe('A process began, on what its journal holds.'),
  told
    .extend({ type: z.literal('transaction.begun'), transactions: concerning({}) })
    .describe('`begin` is forced: the number is given.'),
  told
    .extend({ type: z.literal('votes.asked'), participants: z.array(nodeName), transactions: concerning({}) })
    .describe('The coordinator asked the list for votes.'),
  told
    .extend({ type: z.literal('vote.requested'), transactions: concerning({ deadline }) })
    .describe('A person is asked to vote in the seat of this participant.'),
  told
    .extend({ type: z.literal('vote.given'), transactions: concerning({ answer }) })
    .describe('A participant answered a vote request.'),
  told
    .extend({
      type: z.literal('proposal.made'),
      ballot,
      proposal,
      participants: z.array(nodeName),
      transactions: concerning({}),
    })
    .describe('A ballot’s value was proposed to the list.'),
  told
    .extend({ type: z.literal('proposal.answered'), ballot, proposal, transactions: concerning({ answer }) })
    .describe('A participant accepted a proposal, or did not.'),
  told
    .extend({ type: z.literal('ack.requested'), transactions: concerning({ deadline }) })
    .describe('A person is asked to acknowledge in the seat of this participant.'),
  told
    .extend({
      type: z.literal('recovery.begun'),
      ballot,
      participants: z.array(nodeName),
      transactions: concerning({}),
    })
    .describe('A node asks the list for its states, in a ballot of its own.'),
  told
    .extend({
      type: z.literal('state.answered'),
      ballot,
      transactions: concerning({ answer, state: participantStateName.optional() }),
    })
    .describe('A participant answered a recovery.'),
  told
    .extend({ type: z.literal('ballot.ended'), ballot, proposal: proposal.optional(), transactions: concerning({}) })
    .describe('The time for answers to a recovery’s question, or to its proposal, was over.'),
  told
    .extend({ type: z.literal('transaction.aborted-alone'), transactions: concerning({ reason: z.string().max(64) }) })
    .describe('A participant forced an abort of its own: it never says yes later.'),
  told
    .extend({
      type: z.literal('decision.announced'),
      transactions: concerning({ outcome, rule: decisionRule, decidedBy: nodeName }),
    })
    .describe('A decision was told to the list. A restarted coordinator tells its last ones again.'),
  told
    .extend({ type: z.literal('transaction.recorded'), transactions: concerning({ outcome }) })
    .describe('The line is written to this participant’s ledger; empty when aborted.'),
  told
    .extend({ type: z.literal('report.made'), what: z.string().max(200), transactions: concerning({}) })
    .describe('A node saw what a correct system does not do.'),
  told
    .extend({ type: z.literal('alarm.raised'), what: z.string().max(500), transactions: nobody })
    .describe('A node takes no part until an operator has put something right.'),
  told
    .extend({ type: z.literal('events.dropped'), count: z.number().int().positive(), transactions: nobody })
    .describe('So many events of this node, before this one, were not told: it had no room for them.'),
]);
export type ProtocolEvent = z.infer<typeof protocolEvent>;
export type ProtocolEventType = ProtocolEvent['type'];

type ContentOf<Event> = Event extends ProtocolEvent ? Omit<Event, keyof z.infer<typeof told>> : never;
/** An event without what every event has: what happened, before anybody has noted who, when and after what. */
export type EventContent = ContentOf<ProtocolEvent>;

/** Events of one node, in order, as they travel. */
const eventBatch = z.object({ events: z.array(protocolEvent).min(1) });

/** A bounded stream that the broker keeps, each message under a token: appended to by anybody, read from any place in it. */
export interface StreamContract<Body extends z.ZodType = z.ZodType> {
  readonly name: string;
  readonly subjectOf: (token: string) => string;
  readonly body: Body;
  readonly maxBytes: number;
  /** Null: without end. */
  readonly maxAgeMs: number | null;
  /**
   * memory: gone when the broker ends; what is beyond the bounds goes, the oldest first. file: forced to the disk before it is
   * acknowledged; nothing goes, and what is beyond the bounds is refused.
   */
  readonly storage: 'memory' | 'file';
  /** Of each token so many messages are kept, the last ones; all when absent. */
  readonly keptPerToken?: number;
}

/** See docs/decisions/0012-protocol-events.md for the numbers. */
export const eventStream = {
  name: 'parley-events',
  subjectOf: (node) => `parley.v1.event.${node}`,
  body: eventBatch,
  maxBytes: 32 * 1024 * 1024,
  maxAgeMs: 24 * 3_600_000,
  storage: 'memory',
} as const satisfies StreamContract;

/** An event of this stream as the edge tells it. */
export const observedEvent = z.intersection(
  protocolEvent,
  z.object({ text: z.string().describe('the event as one sentence') }),
);
export type ObservedEvent = ProtocolEvent & { readonly text: string };
