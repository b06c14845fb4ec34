// The edge: the exchange of clocks in a room. See docs/clocks.md.
import { clocksSwitch, roomClocks, type RoomClocks } from '../clock-exchange.js';
import { badBody, type Route } from './route.js';

const problems = [
  'unknown-room',
  'membership-required',
  'unauthorized',
  'overloaded',
  'chat-unreachable',
  'broker-unreachable',
  'internal',
] as const;

const example: RoomClocks = {
  room: 'release',
  phase: 'running',
  exchanges: 1,
  members: [
    { name: 'Jo', kind: 'account', lamport: 1, vector: { Jo: 1 } },
    { name: 'Al', kind: 'account', lamport: 2, vector: { Jo: 1, Al: 1 } },
  ],
  last: [
    {
      number: 1,
      at: '2026-01-31T12:00:12.000Z',
      from: 'Jo',
      to: 'Al',
      sent: { lamport: 1, vector: { Jo: 1 } },
      before: { lamport: 0, vector: { Al: 0 } },
      after: { lamport: 2, vector: { Jo: 1, Al: 1 } },
    },
  ],
};

export const clockRoutes = {
  readClocks: {
    method: 'get',
    path: '/api/v1/rooms/{room}/clocks',
    tag: 'rooms',
    summary: 'The clocks that the members of the room exchange, and the last exchanges. For members.',
    access: 'session',
    answers: { 200: { description: 'The clocks.', schema: roomClocks, example } },
    problems: [...problems],
  },
  runClocks: {
    method: 'put',
    path: '/api/v1/rooms/{room}/clocks',
    tag: 'rooms',
    summary: 'Start or stop the exchange of clocks. For members; nothing happens when it is so already.',
    access: 'session',
    body: { schema: clocksSwitch, example: { running: true } },
    answers: { 200: { description: 'The clocks.', schema: roomClocks, example } },
    problems: [...badBody, 'outcome-unknown', ...problems],
  },
} as const satisfies Record<string, Route>;
