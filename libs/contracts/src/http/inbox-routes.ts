// The edge: messages to chosen people, and what waits for somebody. See docs/chat.md.
import {
  correspondence,
  correspondenceQuery,
  inbox,
  inboxAcknowledgement,
  inboxQuery,
  newDirectMessage,
  sentMessage,
  type PlacedMessage,
} from '../direct-messages.js';
import { badBody, type Route } from './route.js';

/** A text of 8,192 bytes and fifty names, however they are escaped, have room in this; in bytes. */
const MAX_DIRECT_BODY_BYTES = 128 * 1024;

const forUsers = ['unauthorized', 'overloaded', 'chat-unreachable', 'broker-unreachable', 'internal'] as const;
const badName = ['name-blank', 'name-too-long', 'name-character', 'name-scripts'] as const;

const example: PlacedMessage = {
  position: { epoch: 1_769_860_800_000, offset: 42 },
  message: {
    id: '123e4567-e89b-42d3-a456-426614174000',
    from: { name: 'Jo', kind: 'account' },
    to: [
      { name: 'Al', kind: 'account' },
      { name: 'Visitor', kind: 'guest' },
    ],
    text: 'Shall we?',
    at: '2026-01-31T12:00:12.000Z',
    lamport: 17,
    vector: { 'chat-1': 12, 'chat-2': 5 },
    gapMs: null,
  },
};

export const inboxRoutes = {
  sendMessage: {
    method: 'put',
    path: '/api/v1/direct-messages/{uuid}',
    tag: 'inbox',
    summary:
      'Say something to a chosen few: all of them get it, or none. The same UUID, within a day, never makes a second message.',
    access: 'session',
    body: {
      schema: newDirectMessage,
      example: { to: ['Al', 'Visitor'], text: 'Shall we?', mode: 'sync' },
      maxBytes: MAX_DIRECT_BODY_BYTES,
    },
    answers: {
      201: {
        description: 'It is stored, forced, and waits for those who have not received it.',
        schema: sentMessage,
        example: { message: example.message, missing: ['Visitor'] },
      },
      200: {
        description: 'It was sent already, as it is shown here.',
        schema: sentMessage,
        example: { message: example.message, missing: [] },
      },
    },
    problems: [
      ...badBody,
      ...badName,
      'text-blank',
      'text-too-long',
      'text-character',
      'invalid-message-id',
      'unknown-recipient',
      'recipient-absent',
      'inbox-full',
      'too-many-messages',
      'outcome-unknown',
      ...forUsers,
    ],
  },
  readCorrespondence: {
    method: 'get',
    path: '/api/v1/direct-messages',
    tag: 'inbox',
    summary: 'What somebody and you have sent to each other, alone or among others.',
    access: 'session',
    query: correspondenceQuery,
    answers: { 200: { description: 'A part of it.', schema: correspondence, example: { items: [example] } } },
    problems: ['invalid-query', ...forUsers],
  },
  readInbox: {
    method: 'get',
    path: '/api/v1/inbox',
    tag: 'inbox',
    summary: 'Check messages: what waits for you, or that nothing does.',
    access: 'session',
    query: inboxQuery,
    answers: {
      200: { description: 'What waits.', schema: inbox, example: { count: 1, waiting: [example] } },
    },
    problems: ['invalid-query', ...forUsers],
  },
  acknowledgeMessages: {
    method: 'post',
    path: '/api/v1/inbox/acknowledgements',
    tag: 'inbox',
    summary: 'You have received what waited up to here: it is told no more. Repeated it changes nothing.',
    access: 'session',
    body: { schema: inboxAcknowledgement, example: { upTo: example.position } },
    answers: { 204: { description: 'It waits no longer.' } },
    problems: [...badBody, 'outcome-unknown', ...forUsers],
  },
} as const satisfies Record<string, Route>;
