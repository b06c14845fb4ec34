// The edge: rooms and what is said in them. See docs/chat.md.
import { z } from 'zod';
import { messageExplanation, type MessageExplanation } from '../room-explanations.js';
import {
  history,
  historyQuery,
  logQuery,
  message,
  newMessage,
  type Message,
  type ShownRoomEvent,
} from '../room-record.js';
import { newRoom, room, roomChange, rooms, type Room } from '../rooms.js';
import { badBody, type Route } from './route.js';

/** A text of 8,192 bytes, however it is escaped, has room in this; in bytes. */
const MAX_MESSAGE_BODY_BYTES = 64 * 1024;

const forUsers = ['unauthorized', 'overloaded', 'chat-unreachable', 'broker-unreachable', 'internal'] as const;
const changing = ['outcome-unknown', ...forUsers] as const;

const createdAt = '2026-01-31T12:00:00.000Z';
const jo = { name: 'Jo', kind: 'account' } as const;

const exampleRoom: Room = {
  room: 'release',
  capacity: 200,
  admits: null,
  guests: true,
  agreement: { votes: 'manual', protocol: 'e3pc' },
  createdBy: 'Jo',
  createdAt,
  rulesAt: 1,
  last: { epoch: 1_769_860_800_000, offset: 2 },
  members: [{ ...jo, since: '2026-01-31T12:00:01.000Z' }],
};

const exampleMessage: Message = {
  type: 'said',
  room: 'release',
  epoch: 1_769_860_800_000,
  offset: 3,
  at: '2026-01-31T12:00:12.000Z',
  lamport: 17,
  vector: { 'chat-1': 12, 'chat-2': 5 },
  id: '123e4567-e89b-42d3-a456-426614174000',
  from: jo,
  text: 'Shall we?',
  gapMs: null,
};
const exampleHistory: { epoch: number; items: ShownRoomEvent[] } = {
  epoch: 1_769_860_800_000,
  items: [exampleMessage],
};

const exampleExplanation: MessageExplanation = {
  room: 'release',
  epoch: 1_769_860_800_000,
  offset: 12,
  from: 'Jo',
  at: exampleMessage.at,
  lamport: 40,
  vector: { 'chat-1': 31, 'chat-2': 8 },
  placed: { by: 'chat-1', after: 57 },
  seen: 10,
  clock: [
    { name: 'Al', offset: 10 },
    { name: 'Jo', offset: 12 },
  ],
  before: { items: [{ offset: 10, from: 'Al' }], more: 0 },
  concurrent: { items: [{ offset: 11, from: 'Al' }], more: 0 },
  looked: { first: 1, last: 12 },
  text: ['Jo’s client had been told of everything up to 10 when this was said.'],
};

export const roomRoutes = {
  listRooms: {
    method: 'get',
    path: '/api/v1/rooms',
    tag: 'rooms',
    summary: 'All rooms, by name.',
    access: 'session',
    answers: {
      200: {
        description: 'The rooms.',
        schema: rooms,
        example: {
          items: [
            {
              room: 'release',
              capacity: 200,
              guests: true,
              agreement: exampleRoom.agreement,
              createdBy: 'Jo',
              createdAt,
              last: exampleRoom.last,
              members: 1,
            },
          ],
        },
      },
    },
    problems: [...forUsers],
  },
  createRoom: {
    method: 'post',
    path: '/api/v1/rooms',
    tag: 'rooms',
    summary: 'Make a room, and say who may come in. Coming in is another step.',
    access: 'session',
    body: {
      schema: newRoom,
      example: { room: 'release', capacity: 20, admits: ['Jo', 'Al'] },
      maxBytes: MAX_MESSAGE_BODY_BYTES,
    },
    answers: { 201: { description: 'The room.', schema: room, example: { ...exampleRoom, members: [] } } },
    problems: [
      ...badBody,
      'name-blank',
      'name-too-long',
      'name-character',
      'name-scripts',
      'account-required',
      'room-taken',
      'too-many-rooms',
      'too-many-messages',
      ...changing,
    ],
  },
  readRoom: {
    method: 'get',
    path: '/api/v1/rooms/{room}',
    tag: 'rooms',
    summary: 'One room, with its members.',
    access: 'session',
    answers: { 200: { description: 'The room.', schema: room, example: exampleRoom } },
    problems: ['unknown-room', ...forUsers],
  },
  changeRoom: {
    method: 'patch',
    path: '/api/v1/rooms/{room}',
    tag: 'rooms',
    summary: 'Change who may come in: for who made the room, and the operator. Nobody has to leave.',
    access: 'principal',
    body: { schema: roomChange, example: { capacity: 50, rulesAt: 1 }, maxBytes: MAX_MESSAGE_BODY_BYTES },
    answers: { 200: { description: 'The room.', schema: room, example: exampleRoom } },
    problems: [
      ...badBody,
      'name-blank',
      'name-too-long',
      'name-character',
      'name-scripts',
      'maker-required',
      'unknown-room',
      'rules-changed',
      'too-many-messages',
      ...changing,
    ],
  },
  joinRoom: {
    method: 'put',
    path: '/api/v1/rooms/{room}/members/me',
    tag: 'rooms',
    summary: 'Come in. Nothing happens when you are in already.',
    access: 'session',
    answers: { 200: { description: 'You are in.', schema: room, example: exampleRoom } },
    problems: ['unknown-room', 'room-full', 'not-admitted', 'too-many-messages', ...changing],
  },
  leaveRoom: {
    method: 'delete',
    path: '/api/v1/rooms/{room}/members/me',
    tag: 'rooms',
    summary: 'Leave. Nothing happens when you are not in.',
    access: 'session',
    answers: { 204: { description: 'You are not in.' } },
    problems: ['unknown-room', ...changing],
  },
  say: {
    method: 'put',
    path: '/api/v1/rooms/{room}/messages/{uuid}',
    tag: 'rooms',
    summary: 'Say something to the room. The same UUID, within a day, never makes a second message.',
    access: 'session',
    body: { schema: newMessage, example: { text: 'Shall we?' }, maxBytes: MAX_MESSAGE_BODY_BYTES },
    answers: {
      201: { description: 'It is said: forced to the store, in its place.', schema: message, example: exampleMessage },
      200: { description: 'It was said already, as it is shown here.', schema: message, example: exampleMessage },
    },
    problems: [
      ...badBody,
      'text-blank',
      'text-too-long',
      'text-character',
      'invalid-message-id',
      'unknown-room',
      'membership-required',
      'too-many-messages',
      ...changing,
    ],
  },
  readLog: {
    method: 'get',
    path: '/api/v1/rooms/{room}/log.txt',
    tag: 'rooms',
    summary: 'The same as a text: a line for each thing that happened. For members.',
    access: 'session',
    query: logQuery,
    headers: {
      range: { schema: z.string().optional(), description: 'A part in bytes, without `after` and `follow`.' },
      'if-range': {
        schema: z.string().optional(),
        description: 'The ETag of the text that one has a part of: when it is of another record, all is sent.',
      },
    },
    answers: {
      200: {
        description: 'In brackets is how long the sender had been silent, in minutes and seconds.',
        schema: z.string(),
        mediaType: 'text/plain; charset=utf-8',
        example: '* Jo came in\nJo:(-)-Shall we?\nAl:(0:12)-Yes.\n',
        headers: { etag: 'Of the text up to here. What follows is added to it.' },
      },
      206: {
        description: 'The part that was asked for.',
        schema: z.string(),
        mediaType: 'text/plain; charset=utf-8',
        example: 'Al:(0:12)-Yes.\n',
        headers: { 'content-range': 'Which part it is, and how long the whole.' },
      },
    },
    problems: ['invalid-query', 'range-not-satisfiable', 'unknown-room', 'membership-required', ...forUsers],
  },
  appendLog: {
    method: 'post',
    path: '/api/v1/rooms/{room}/log.txt',
    tag: 'rooms',
    summary: 'Say the text of the body to the room, without one line feed at its end. Repeated it is said again.',
    access: 'session',
    body: { schema: newMessage, mediaType: 'text/plain', example: 'Shall we?', maxBytes: MAX_MESSAGE_BODY_BYTES },
    answers: { 201: { description: 'It is said.', schema: message, example: exampleMessage } },
    problems: [
      'invalid-utf8',
      'body-too-large',
      'unsupported-media-type',
      'text-blank',
      'text-too-long',
      'text-character',
      'unknown-room',
      'membership-required',
      'too-many-messages',
      ...changing,
    ],
  },
  explainMessage: {
    method: 'get',
    path: '/api/v1/rooms/{room}/messages/{offset}/why',
    tag: 'rooms',
    summary: 'Why a message stands where it stands: its clocks, what happened before it, what is concurrent with it.',
    access: 'session',
    answers: {
      200: { description: 'As data, and in words.', schema: messageExplanation, example: exampleExplanation },
    },
    problems: ['unknown-room', 'unknown-message', 'membership-required', ...forUsers],
  },
  readMessages: {
    method: 'get',
    path: '/api/v1/rooms/{room}/messages',
    tag: 'rooms',
    summary: 'What was said and who came and left, in the order of the room. For its members.',
    access: 'session',
    query: historyQuery,
    answers: { 200: { description: 'A part of the room’s record.', schema: history, example: exampleHistory } },
    problems: ['invalid-query', 'unknown-room', 'membership-required', ...forUsers],
  },
} as const satisfies Record<string, Route>;
