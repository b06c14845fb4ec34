// Who is there: users and where they are connected, and the nodes of the system. See docs/chat.md.
import { z } from 'zod';
import { userKind } from './accounts.js';
import { nodeName } from './names.js';

const count = z.number().int().nonnegative();
const isoTime = z.iso.datetime();

const addresses = z
  .array(z.string())
  .optional()
  .describe('of the clients, for the operator: at most ten different ones');

const listedUser = z.object({
  name: z.string(),
  kind: userKind,
  online: z.boolean().describe('whether there is a WebSocket of theirs at any gateway'),
  connections: z.array(z.object({ gateway: nodeName, count: count.describe('how many WebSockets'), addresses })),
});
export type ListedUser = z.infer<typeof listedUser>;

/** Most users that one answer has. */
const MAX_USERS = 1_000;

/** Query of `GET /users`. */
export const usersQuery = z.strictObject({
  online: z.literal('true').optional().describe('Only who is connected. Left out: every name that is known.'),
  after: z.string().max(64).optional().describe('The name after which the answer begins: `next` of the one before.'),
  limit: z.coerce.number().int().min(1).max(MAX_USERS).default(100),
});
export type UsersQuery = z.infer<typeof usersQuery>;

/** The same over the WebSocket. */
export const usersAsked = usersQuery.extend({
  online: z
    .boolean()
    .default(false)
    .describe(usersQuery.shape.online.description ?? ''),
  limit: z.number().int().min(1).max(MAX_USERS).default(100),
});

export const users = z.object({
  users: z
    .array(listedUser)
    .describe('by name: all accounts, all guests who are here, and of the others the last 10,000 that came'),
  next: z.string().nullable().describe('`after` of the rest; null: these are the last'),
});
export type Users = z.infer<typeof users>;

const listedNode = z.object({
  id: nodeName,
  service: z.enum(['coordinator', 'participant', 'chat', 'gateway']),
  seenAt: isoTime.describe('when this gateway last heard of it'),
  live: z.boolean().describe('it has been heard of within the last three seconds'),
  leader: nodeName.nullable().describe('whom it follows; null while there is no election'),
  term: count.describe('of that leader'),
  connections: count.nullable().describe('WebSockets of users; null at nodes that have none'),
  address: z.string().optional().describe('where a gateway is reached, for the operator'),
});
export type ListedNode = z.infer<typeof listedNode>;

export const nodes = z.object({ nodes: z.array(listedNode).describe('by service and name') });
