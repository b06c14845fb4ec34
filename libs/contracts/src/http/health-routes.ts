// Health, for whoever asks.
import { liveness, readiness } from './health.js';
import type { Route } from './route.js';

export const healthRoutes = {
  live: {
    method: 'get',
    path: '/health/live',
    tag: 'health',
    summary: 'The gateway’s process answers.',
    access: 'anyone',
    answers: { 200: { description: 'Alive.', schema: liveness, example: { status: 'ok' } } },
    problems: [],
  },
  ready: {
    method: 'get',
    path: '/health/ready',
    tag: 'health',
    summary: 'Whether transactions can be decided and the chat answers now, and which parts are missing.',
    access: 'anyone',
    answers: {
      200: { description: 'Ready.', schema: readiness, example: { status: 'ok', missing: [] } },
      503: {
        description: 'Not ready.',
        schema: readiness,
        example: { status: 'unavailable', missing: ['participant-3', 'chat'] },
      },
    },
    problems: [],
  },
} as const satisfies Record<string, Route>;
