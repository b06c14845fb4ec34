// Health, for whoever asks, and what was counted.
import { z } from 'zod';
import { liveness, readiness } from './health.js';
import { everywhere, type Route } from './route.js';

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
  metrics: {
    method: 'get',
    path: '/metrics',
    tag: 'health',
    summary: 'What this gateway has counted since it was started, for Prometheus.',
    access: 'operator',
    answers: {
      200: {
        description: 'Requests, refusals and WebSockets, and what the process takes.',
        schema: z.string(),
        mediaType: 'text/plain; version=0.0.4; charset=utf-8',
        example: 'parley_websocket_connections 12\n',
      },
    },
    problems: [...everywhere],
  },
} as const satisfies Record<string, Route>;
