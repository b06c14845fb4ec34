// Participants: who is there, what stands in their ledgers, and letting one leave.
import { z } from 'zod';
import { participants } from './participants.js';
import { atParticipant, everywhere, inRoom, type Route } from './route.js';

export const participantRoutes = {
  listParticipants: {
    method: 'get',
    path: '/api/v1/participants',
    tag: 'participants',
    summary: 'The participants: who is live, and how long each ledger is.',
    access: 'principal',
    answers: {
      200: {
        description: 'All registered participants, and others that were heard of.',
        schema: participants,
        example: {
          items: [
            {
              id: 'participant-1',
              registered: true,
              leaving: false,
              able: true,
              live: true,
              complete: true,
              seenAt: '2026-01-31T12:00:00.000Z',
              logId: '1'.repeat(32),
              ledgers: [{ book: 'main', lines: 42 }],
              seat: { holder: null, since: null },
            },
          ],
        },
      },
    },
    problems: ['chat-unreachable', ...everywhere],
  },
  readLedger: {
    method: 'get',
    path: '/api/v1/participants/{id}/ledgers/{book}',
    tag: 'participants',
    summary:
      'A participant’s ledger as it stands in its file: line n is transaction n, empty when aborted. Books of rooms are for their members, others for the operator.',
    access: 'principal',
    answers: {
      200: {
        description: 'The text file.',
        schema: z.string(),
        mediaType: 'text/plain; charset=utf-8',
        example: 'release 1.4.0 to production\n',
      },
    },
    problems: ['unknown-participant', 'unknown-ledger', 'operator-required', ...inRoom, ...atParticipant],
  },
  leave: {
    method: 'delete',
    path: '/api/v1/participants/{id}',
    tag: 'participants',
    summary:
      'Let a participant leave: it is put into no more lists, and is gone once nothing needs it. Its seat is then free.',
    access: 'operator',
    answers: { 204: { description: 'It has left: its seat is free, and its folder may be removed.' } },
    problems: ['unknown-participant', 'participant-needed', 'coordinator-unreachable', ...everywhere],
  },
} as const satisfies Record<string, Route>;
