// What gateways ask of the chat about who is there.
import { z } from 'zod';
import { users, usersQuery } from '../presence.js';
import type { Operation } from './operation.js';

export const presenceOperations = {
  users: {
    subject: 'parley.v1.chat.list-users',
    request: usersQuery.extend({
      online: z.boolean(),
      addresses: z.boolean().describe('whether the asker may know where clients are'),
    }),
    reply: users,
  },
} as const satisfies Record<string, Operation>;
export type UsersRequest = z.infer<typeof presenceOperations.users.request>;
