// The edge: every HTTP route with its schemas, answers, problems, examples and who may call it. The gateway serves from
// this table and /openapi.json is generated from it, so what is documented is what validates.
import { accountRoutes } from './account-routes.js';
import { clockRoutes } from './clock-routes.js';
import { eventRoutes } from './event-routes.js';
import { healthRoutes } from './health-routes.js';
import { inboxRoutes } from './inbox-routes.js';
import { participantRoutes } from './participant-routes.js';
import { peopleRoutes } from './people-routes.js';
import { presenceRoutes } from './presence-routes.js';
import { roomRoutes } from './room-routes.js';
import type { Route } from './route.js';
import { transactionRoutes } from './transaction-routes.js';
import { upkeepRoutes } from './upkeep-routes.js';

export const routes = {
  ...transactionRoutes,
  ...peopleRoutes,
  ...upkeepRoutes,
  ...participantRoutes,
  ...eventRoutes,
  ...accountRoutes,
  ...roomRoutes,
  ...inboxRoutes,
  ...clockRoutes,
  ...presenceRoutes,
  ...healthRoutes,
} as const satisfies Record<string, Route>;
