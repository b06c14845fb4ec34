// What each command of the WebSocket is for, who may give it, what it can be refused with, and one example; and an example of
// each push. /asyncapi.json is made from this. Most commands can be given over HTTP too, and are refused with the same.
import { clockRoutes } from './http/clock-routes.js';
import { inboxRoutes } from './http/inbox-routes.js';
import { peopleRoutes } from './http/people-routes.js';
import { presenceRoutes } from './http/presence-routes.js';
import { roomRoutes } from './http/room-routes.js';
import type { Route } from './http/route.js';
import { transactionRoutes } from './http/transaction-routes.js';
import type { ProblemCode } from './problems.js';
import type { closeCodes, SocketCommand, SocketPush } from './socket.js';

export interface SocketOperation {
  readonly summary: string;
  /** ticket: who shows one. user: who has said `hello`. member: of the room. holder: of the participant's seat. */
  readonly access: 'ticket' | 'user' | 'member' | 'holder';
  readonly problems: readonly ProblemCode[];
  /** `d` of the command, and of the answer to it. */
  readonly example: {
    readonly command: object;
    readonly answer: object;
  };
}

/** What the request that opens a WebSocket is refused with, over HTTP. */
export const entranceProblems = [
  'unknown-route',
  'subprotocol-required',
  'origin-refused',
  'overloaded',
] as const satisfies readonly ProblemCode[];

/** What a frame is refused with that is none of these commands. */
export const frameProblems = [
  'invalid-frame',
  'invalid-json',
  'invalid-utf8',
  'internal',
] as const satisfies readonly ProblemCode[];

const everyCommand = [
  'unknown-field',
  'invalid-field',
  'hello-required',
  'internal',
] as const satisfies readonly ProblemCode[];

/** What HTTP alone has: tokens, bodies, queries, paths and header fields. */
const overHttp: readonly ProblemCode[] = [
  'unauthorized',
  'invalid-json',
  'invalid-utf8',
  'body-too-large',
  'unsupported-media-type',
  'invalid-query',
  'invalid-message-id',
  'invalid-idempotency-key',
  // Of a book, which a room's members do not name.
  'invalid-book',
  'operator-required',
];

/** The problems of a command that does what a route does. */
const asOver = ({ problems }: Pick<Route, 'problems'>): ProblemCode[] => [
  ...new Set([...everyCommand, ...problems.filter((code) => !overHttp.includes(code))]),
];

const room = 'release';
const uuid = roomRoutes.say.answers[201].example.id;
const { example: clocks } = clockRoutes.readClocks.answers[200];
const { example: found } = inboxRoutes.readInbox.answers[200];
const [waiting] = found.waiting;
const asked = { transaction: 'room_release-7', participant: 'participant-1' };

export const socketOperations: Readonly<Record<SocketCommand['op'], SocketOperation>> = {
  hello: {
    summary: 'Who the client is, and what it was told before. The first command, once.',
    access: 'ticket',
    problems: [...everyCommand, 'ticket-refused', 'chat-unreachable', 'outcome-unknown', 'broker-unreachable'],
    example: {
      command: {
        ticket: 'pt_3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
        positions: { release: { epoch: 1_769_860_800_000, offset: 2 } },
        inbox: { epoch: 1_769_860_800_000, offset: 41 },
      },
      answer: {},
    },
  },
  join: {
    summary: roomRoutes.joinRoom.summary,
    access: 'user',
    problems: asOver(roomRoutes.joinRoom),
    example: { command: { room }, answer: roomRoutes.joinRoom.answers[200].example },
  },
  leave: {
    summary: roomRoutes.leaveRoom.summary,
    access: 'user',
    problems: asOver(roomRoutes.leaveRoom),
    example: { command: { room }, answer: {} },
  },
  say: {
    summary: roomRoutes.say.summary,
    access: 'member',
    problems: asOver(roomRoutes.say),
    example: {
      command: { room, id: uuid, text: 'Shall we?', seen: 2 },
      answer: { message: { ...roomRoutes.say.answers[201].example, seen: 2 }, repeated: false },
    },
  },
  why: {
    summary: roomRoutes.explainMessage.summary,
    access: 'member',
    problems: asOver(roomRoutes.explainMessage),
    example: { command: { room, offset: 12 }, answer: roomRoutes.explainMessage.answers[200].example },
  },
  clocks: {
    summary: 'The clocks that the members of the room exchange, and the last exchanges.',
    access: 'member',
    problems: asOver(clockRoutes.readClocks),
    example: { command: { room }, answer: clocks },
  },
  'clocks.start': {
    summary: 'Start the exchange of clocks. Nothing happens when it runs already.',
    access: 'member',
    problems: asOver(clockRoutes.runClocks),
    example: { command: { room }, answer: clocks },
  },
  'clocks.stop': {
    summary: 'Stop the exchange of clocks. Nothing happens when it is stopped already.',
    access: 'member',
    problems: asOver(clockRoutes.runClocks),
    example: { command: { room }, answer: { ...clocks, phase: 'stopped' } },
  },
  propose: {
    summary: 'Propose a line of text in a room. The same UUID and text is the same transaction.',
    access: 'member',
    problems: asOver(transactionRoutes.propose),
    example: {
      command: { room, id: uuid, text: 'release 1.4.0 to production' },
      answer: { transaction: asked.transaction },
    },
  },
  vote: {
    summary: peopleRoutes.vote.summary,
    access: 'holder',
    problems: asOver(peopleRoutes.vote),
    example: { command: { ...asked, vote: 'commit' }, answer: { ...asked, state: 'waiting' } },
  },
  acknowledge: {
    summary: peopleRoutes.acknowledge.summary,
    access: 'holder',
    problems: asOver(peopleRoutes.acknowledge),
    example: { command: asked, answer: { ...asked, state: 'pre-commit' } },
  },
  sit: {
    summary: peopleRoutes.takeSeat.summary,
    access: 'user',
    problems: asOver(peopleRoutes.takeSeat),
    example: {
      command: { participant: asked.participant },
      answer: { ...peopleRoutes.takeSeat.answers[200].example, holder: 'Jo' },
    },
  },
  stand: {
    summary: 'Give up a participant’s seat. Nothing happens when it is free.',
    access: 'user',
    problems: asOver(peopleRoutes.leaveSeat),
    example: { command: { participant: asked.participant }, answer: {} },
  },
  send: {
    summary: inboxRoutes.sendMessage.summary,
    access: 'user',
    problems: asOver(inboxRoutes.sendMessage),
    example: {
      command: { id: uuid, ...inboxRoutes.sendMessage.body.example },
      answer: { ...inboxRoutes.sendMessage.answers[201].example, repeated: false },
    },
  },
  check: {
    summary: inboxRoutes.readInbox.summary,
    access: 'user',
    problems: asOver(inboxRoutes.readInbox),
    example: { command: { after: 0 }, answer: found },
  },
  received: {
    summary: inboxRoutes.acknowledgeMessages.summary,
    access: 'user',
    problems: asOver(inboxRoutes.acknowledgeMessages),
    example: { command: inboxRoutes.acknowledgeMessages.body.example, answer: {} },
  },
  users: {
    summary: presenceRoutes.listUsers.summary,
    access: 'user',
    problems: asOver(presenceRoutes.listUsers),
    example: { command: { online: true, limit: 100 }, answer: presenceRoutes.listUsers.answers[200].example },
  },
  nodes: {
    summary: presenceRoutes.listNodes.summary,
    access: 'user',
    problems: [...everyCommand],
    example: { command: {}, answer: presenceRoutes.listNodes.answers[200].example },
  },
};

const request = {
  ...asked,
  room,
  text: 'release 1.4.0 to production',
  proposer: 'Jo',
  deadline: '2026-01-31T12:00:30.000Z',
};
const [exchange] = clocks.last;

export const socketPushExamples: Readonly<Record<SocketPush['ev'], object>> = {
  welcome: { ev: 'welcome', user: { name: 'Jo', kind: 'account' }, rooms: [room] },
  'room.event': {
    ...{ ev: 'room.event', room, epoch: roomRoutes.say.answers[201].example.epoch, off: 3 },
    d: roomRoutes.say.answers[201].example,
  },
  'room.synced': { ev: 'room.synced', room, epoch: 1_769_860_800_000, off: 3, recovered: true, count: 1 },
  'vote.requested': { ev: 'vote.requested', ...request },
  'ack.requested': { ev: 'ack.requested', ...request },
  'vote.closed': { ev: 'vote.closed', ...asked },
  'ack.closed': { ev: 'ack.closed', ...asked },
  direct: { ev: 'direct', ...waiting },
  'clock.exchanged': { ev: 'clock.exchanged', room, d: exchange },
  'clock.changed': { ev: 'clock.changed', room, d: { phase: 'running', by: 'Jo', joined: [], left: [] } },
  caught_up: { ev: 'caught_up' },
};

/** What each code says with which the server closes. */
export const closeReasons: Readonly<Record<keyof typeof closeCodes, string>> = {
  goingAway: 'the gateway stops',
  slow: 'what was sent was not taken: more than 1 MiB waited',
  recordLost: 'the record of the rooms was lost, and another one begins',
  unavailable: 'the chat cannot tell now what has happened',
  helloExpected: 'no `hello` came within ten seconds',
  ticketRefused: 'the ticket is not good',
  sessionOver: 'the session is over, or was signed out of',
};
