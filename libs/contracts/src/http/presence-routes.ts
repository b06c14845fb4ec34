// The edge: who is there. For users, and for the operator, who is told addresses too.
import { nodes, users, usersQuery } from '../presence.js';
import type { Route } from './route.js';

export const presenceRoutes = {
  listUsers: {
    method: 'get',
    path: '/api/v1/users',
    tag: 'presence',
    summary: 'Every name that is known, who is connected and where. Of guests who have gone the last 10,000 are known.',
    access: 'principal',
    query: usersQuery,
    answers: {
      200: {
        description: 'The users.',
        schema: users,
        example: {
          users: [
            { name: 'Al', kind: 'account', online: false, connections: [] },
            { name: 'Jo', kind: 'account', online: true, connections: [{ gateway: 'gateway-5f0c33a1', count: 1 }] },
          ],
          next: null,
        },
      },
    },
    problems: ['invalid-query', 'unauthorized', 'overloaded', 'chat-unreachable', 'broker-unreachable', 'internal'],
  },
  listNodes: {
    method: 'get',
    path: '/api/v1/nodes',
    tag: 'presence',
    summary: 'The processes of the system, as far as this gateway has heard of them.',
    access: 'principal',
    answers: {
      200: {
        description: 'The nodes.',
        schema: nodes,
        example: {
          nodes: [
            {
              id: 'gateway-5f0c33a1',
              service: 'gateway',
              seenAt: '2026-01-31T12:00:00.000Z',
              live: true,
              leader: null,
              term: 0,
              connections: 12,
            },
          ],
        },
      },
    },
    problems: ['unauthorized', 'overloaded', 'chat-unreachable', 'broker-unreachable', 'internal'],
  },
} as const satisfies Record<string, Route>;
