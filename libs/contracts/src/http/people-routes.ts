// What people do: take a participant's seat, see what is asked of them, vote and acknowledge.
import { acknowledgement, ballotPaper, openRequests, personalReceipt, seat } from '../people.js';
import { atParticipant, badBody, everywhere, type Route } from './route.js';

export const peopleRoutes = {
  vote: {
    method: 'post',
    path: '/api/v1/transactions/{id}/votes',
    tag: 'transactions',
    summary: 'Vote for a participant whose seat you hold, in a book whose votes are manual.',
    access: 'principal',
    body: { schema: ballotPaper, example: { participant: 'participant-1', vote: 'commit' } },
    answers: {
      200: {
        description: 'The vote is forced to the participant’s journal.',
        schema: personalReceipt,
        example: { transaction: 'release-7', participant: 'participant-1', state: 'waiting' },
      },
    },
    problems: [
      ...badBody,
      'unknown-transaction',
      'unknown-participant',
      'seat-required',
      'vote-refused',
      'chat-unreachable',
      ...atParticipant,
    ],
  },
  acknowledge: {
    method: 'post',
    path: '/api/v1/transactions/{id}/acknowledgements',
    tag: 'transactions',
    summary: 'Acknowledge the pre-commit for a participant whose seat you hold.',
    access: 'principal',
    body: { schema: acknowledgement, example: { participant: 'participant-1' } },
    answers: {
      200: {
        description: 'The participant’s acknowledgement is released; its pre-commit was forced before.',
        schema: personalReceipt,
        example: { transaction: 'release-7', participant: 'participant-1', state: 'pre-commit' },
      },
    },
    problems: [
      ...badBody,
      'unknown-transaction',
      'unknown-participant',
      'seat-required',
      'acknowledgement-refused',
      'chat-unreachable',
      ...atParticipant,
    ],
  },
  takeSeat: {
    method: 'put',
    path: '/api/v1/participants/{id}/seat',
    tag: 'participants',
    summary:
      'Take a participant’s seat: its votes in books with manual votes are then yours. A guest’s seat is free when the guest is gone.',
    access: 'principal',
    answers: {
      200: {
        description: 'The seat is yours, or was already.',
        schema: seat,
        example: { participant: 'participant-1', holder: 'operator', since: '2026-01-31T12:00:00.000Z' },
      },
    },
    problems: ['unknown-participant', 'seat-taken', 'chat-unreachable', ...everywhere],
  },
  leaveSeat: {
    method: 'delete',
    path: '/api/v1/participants/{id}/seat',
    tag: 'participants',
    summary: 'Give up a participant’s seat. Nothing happens when it is free. The operator frees anybody’s.',
    access: 'principal',
    answers: { 204: { description: 'The seat is free.' } },
    problems: ['unknown-participant', 'seat-required', 'chat-unreachable', ...everywhere],
  },
  listRequests: {
    method: 'get',
    path: '/api/v1/participants/{id}/requests',
    tag: 'participants',
    summary:
      'What the holder of a participant’s seat is asked to do now, with absolute deadlines. For the holder and the operator.',
    access: 'principal',
    answers: {
      200: {
        description: 'Open requests, the most urgent first.',
        schema: openRequests,
        example: {
          items: [
            {
              kind: 'vote',
              transaction: 'release-7',
              participant: 'participant-1',
              value: 'release 1.4.0 to production',
              proposer: 'operator',
              room: null,
              deadline: '2026-01-31T12:00:30.000Z',
            },
          ],
        },
      },
    },
    problems: ['unknown-participant', 'seat-required', 'chat-unreachable', ...atParticipant],
  },
} as const satisfies Record<string, Route>;
