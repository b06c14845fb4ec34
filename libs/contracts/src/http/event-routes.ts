// The edge's live streams: what clients are sent as server-sent events, and how they ask for it. See docs/events.md.
import { z } from 'zod';
import { observedEvent, transactionName } from '../events.js';
import type { Route } from './route.js';

/** Place in the stream: the `id` of a server-sent event. */
const eventCursor = z
  .string()
  .regex(/^[a-z0-9]{1,16}\.[0-9]{1,15}\.[0-9]{1,6}$/, 'a place is the id of an earlier event');

export const eventsQuery = z.strictObject({
  transaction: transactionName.optional().describe('Only what concerns this transaction; then from its beginning.'),
  format: z
    .enum(['sse', 'shiviz'])
    .default('sse')
    .describe('`shiviz`: what the stream has now, as a log for ShiViz, and the end.'),
  after: z
    .union([z.literal('beginning'), eventCursor])
    .optional()
    .describe('Go on after the event with this `id`, as with Last-Event-ID; `beginning`: all that the stream has.'),
});
export type EventsQuery = z.infer<typeof eventsQuery>;

export const transactionEventsQuery = eventsQuery.pick({ after: true });
export type TransactionEventsQuery = z.infer<typeof transactionEventsQuery>;

/**
 * Sent as `gap`: events are missing here. `expired`: they have left the stream, which is bounded. `lost`: the broker has
 * lost its stream. `invalid`: the place to go on from is none that an answer gave.
 */
export const eventGap = z.object({ reason: z.enum(['expired', 'lost', 'invalid']), text: z.string() });
export type EventGap = z.infer<typeof eventGap>;

const example = {
  id: 'coordinator-hlbtmuyk0w',
  node: 'coordinator',
  at: 1_769_860_800_007,
  lamport: 1_769_860_799_000_042,
  vector: { coordinator: 1_769_860_799_000_040, 'participant-1': 1_769_860_799_000_021 },
  type: 'decision.announced',
  transactions: [{ id: 'main-42', outcome: 'committed', rule: 'quorum-acknowledged', decidedBy: 'coordinator' }],
  text: 'coordinator announces: main-42 committed by coordinator (quorum-acknowledged)',
} as const;

const lastEventId = {
  'last-event-id': {
    schema: z.string().max(64).optional(),
    description: 'The `id` of the last event that was seen, as a browser sends it: go on after it.',
  },
};

const streamed = {
  mediaType: 'text/event-stream; charset=utf-8',
  schema: z.string(),
  example: `id: ml2x9k0.17.3\nevent: ${example.type}\ndata: ${JSON.stringify(observedEvent.parse(example))}\n\n`,
};

const problems = [
  'invalid-query',
  'events-unavailable',
  'unauthorized',
  'overloaded',
  'broker-unreachable',
  'internal',
] as const;

export const eventRoutes = {
  watchEvents: {
    method: 'get',
    path: '/api/v1/events',
    tag: 'events',
    summary: 'What the nodes do, live (server-sent events), or as a log for ShiViz.',
    access: 'operator',
    query: eventsQuery,
    headers: lastEventId,
    answers: {
      200: {
        description:
          'Protocol events, each with its sentence; `gap` where some are missing; `away` while the stream cannot be read. ' +
          'With `format=shiviz`: text/plain, a regular expression, an empty line, and two lines for each event.',
        ...streamed,
      },
    },
    problems,
  },
  watchTransaction: {
    method: 'get',
    path: '/api/v1/transactions/{id}/events',
    tag: 'transactions',
    summary: 'The story of one transaction: its states and its protocol events, from its beginning and then live.',
    access: 'operator',
    query: transactionEventsQuery,
    headers: lastEventId,
    answers: {
      200: {
        description:
          '`state`, with the transaction, at the beginning and at each change; protocol events about it, as far as the stream has them; `gap`, `away`.',
        ...streamed,
      },
    },
    problems: ['unknown-transaction', 'coordinator-unreachable', ...problems],
  },
} as const satisfies Record<string, Route>;
