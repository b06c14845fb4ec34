// The WebSocket of the edge, subprotocol `parley.v1+json`. See docs/socket.md.
//
//   command  { id, op, d }                       from the client; the first one is `hello`
//   reply    { re, ok: true, d } or { re, ok: false, err }       to each command, once
//   push     { ev, … }                           from the server, whenever
import { z } from 'zod';
import { user } from './accounts.js';
import { clockOperations } from './bus/clock-operations.js';
import { directOperations } from './bus/direct-operations.js';
import { roomOperations } from './bus/room-operations.js';
import { inbox, inboxAcknowledgement, inboxPosition, newDirectMessage, placedMessage } from './direct-messages.js';
import { clocksChanged, clocksExchanged } from './clock-exchange.js';
import { nodes, users, usersAsked } from './presence.js';
import { problem } from './problems.js';
import { line } from './line.js';
import { nodeName, roomName } from './names.js';
import { personalReceipt, personVote, seat } from './people.js';
import { messageId, seenOffset, shownRoomEvent } from './room-record.js';
import { room, roomPosition } from './rooms.js';
import { transactionName } from './events.js';
import { secret } from './secrets.js';
import { messageText } from './message-text.js';
import { messageOffset } from './room-explanations.js';

export const SOCKET_PATH = '/ws';
export const SUBPROTOCOL = 'parley.v1+json';

/** Largest frame from a client, in bytes. */
export const MAX_FRAME_BYTES = 64 * 1024;

/** Most rooms that a client can resume at once. */
const MAX_POSITIONS = 1_000;

const id = z.string().min(1).max(64).describe('The client’s name for the command; the reply has it as `re`.');
const command = <Op extends string, Data extends z.ZodType>(op: Op, d: Data) =>
  z.strictObject({ id, op: z.literal(op), d });

const positions = z
  .record(roomName, roomPosition)
  .refine((given) => Object.keys(given).length <= MAX_POSITIONS, `at most ${String(MAX_POSITIONS)} rooms are resumed`);

const asked = { transaction: transactionName, participant: nodeName };

/** What a client can send, by `op`. */
export const socketCommands = {
  hello: command(
    'hello',
    z.strictObject({
      ticket: secret(z.string()).max(128).describe('from POST /api/v1/ws-tickets'),
      positions: positions.default({}).describe('of the last event that was seen, by room'),
      inbox: inboxPosition.strict().optional().describe('of the last direct message that was seen'),
    }),
  ),
  join: command('join', z.strictObject({ room: roomName })),
  leave: command('leave', z.strictObject({ room: roomName })),
  say: command(
    'say',
    z.strictObject({ room: roomName, id: messageId, text: messageText, seen: seenOffset.optional() }),
  ),
  clocks: command('clocks', z.strictObject({ room: roomName })),
  'clocks.start': command('clocks.start', z.strictObject({ room: roomName })),
  'clocks.stop': command('clocks.stop', z.strictObject({ room: roomName })),
  why: command('why', z.strictObject({ room: roomName, offset: messageOffset })),
  propose: command('propose', z.strictObject({ room: roomName, id: messageId, text: line })),
  vote: command('vote', z.strictObject({ ...asked, vote: personVote })),
  acknowledge: command('acknowledge', z.strictObject(asked)),
  sit: command('sit', z.strictObject({ participant: nodeName })),
  stand: command('stand', z.strictObject({ participant: nodeName })),
  send: command('send', newDirectMessage.extend({ id: messageId })),
  check: command('check', z.strictObject({ after: inboxPosition.shape.offset.default(0) })),
  received: command('received', inboxAcknowledgement),
  users: command('users', usersAsked),
  nodes: command('nodes', z.strictObject({})),
} as const;
export const socketCommand = z.discriminatedUnion('op', [
  socketCommands.hello,
  socketCommands.join,
  socketCommands.leave,
  socketCommands.say,
  socketCommands.why,
  socketCommands.propose,
  socketCommands.vote,
  socketCommands.acknowledge,
  socketCommands.sit,
  socketCommands.stand,
  socketCommands.send,
  socketCommands.check,
  socketCommands.received,
  socketCommands.clocks,
  socketCommands['clocks.start'],
  socketCommands['clocks.stop'],
  socketCommands.users,
  socketCommands.nodes,
]);
export type SocketCommand = z.infer<typeof socketCommand>;

/** What `d` is in the answer to each command. */
export const socketAnswers = {
  hello: z.object({}),
  join: room,
  leave: z.object({}),
  say: roomOperations.say.reply,
  why: roomOperations.why.reply,
  clocks: clockOperations.read.reply,
  'clocks.start': clockOperations.run.reply,
  'clocks.stop': clockOperations.run.reply,
  send: directOperations.send.reply.omit({ offset: true }),
  check: inbox,
  received: z.object({}),
  propose: z.object({ transaction: transactionName }),
  vote: personalReceipt,
  acknowledge: personalReceipt,
  sit: seat,
  stand: z.object({}),
  users,
  nodes,
} as const satisfies Record<SocketCommand['op'], z.ZodType>;

/** What a client is answered. */
export const socketReply = z.discriminatedUnion('ok', [
  z.object({ re: z.string(), ok: z.literal(true), d: z.unknown() }),
  z.object({
    re: z.string().nullable().describe('null when the frame was none that has an id'),
    ok: z.literal(false),
    err: problem,
  }),
]);
export type SocketReply = z.infer<typeof socketReply>;

const place = { room: roomName, epoch: roomPosition.shape.epoch, off: roomPosition.shape.offset };

const request = {
  ...asked,
  room: roomName.nullable().describe('where it was proposed; null in a book that is no room’s'),
  text: z.string(),
  proposer: z.string(),
  deadline: z.iso.datetime().describe('when the coordinator stops waiting for it'),
};

/** What a client is told. */
export const socketPush = z.discriminatedUnion('ev', [
  z
    .object({ ev: z.literal('welcome'), user, rooms: z.array(roomName) })
    .describe('Who the client is, and in which rooms.'),
  z.object({ ev: z.literal('room.event'), ...place, d: shownRoomEvent }).describe('Something happened in a room.'),
  z
    .object({
      ev: z.literal('room.synced'),
      ...place,
      recovered: z
        .boolean()
        .describe('nothing is missing since the position that `hello` had; false: the last things are there'),
      count: z
        .number()
        .int()
        .nonnegative()
        .describe('how many events came before this, since the position or as the last ones'),
    })
    .describe('All of a room that happened before is told.'),
  z
    .object({ ev: z.literal('vote.requested'), ...request })
    .describe('The client’s user, who holds this participant’s seat, is asked to vote.'),
  z
    .object({ ev: z.literal('ack.requested'), ...request })
    .describe('The client’s user, who holds this participant’s seat, is asked to acknowledge the pre-commit.'),
  z
    .object({ ev: z.literal('vote.closed'), ...asked })
    .describe('A vote is asked no more: it was given, or it is too late, or the seat is somebody else’s.'),
  z.object({ ev: z.literal('ack.closed'), ...asked }).describe('The same of an acknowledgement.'),
  z
    .object({ ev: z.literal('direct'), ...placedMessage.shape })
    .describe('A message for the client, until it is acknowledged with `received`.'),
  z
    .object({ ev: z.literal('clock.exchanged'), room: roomName, d: clocksExchanged })
    .describe('A member of the room sent its clock to another. Told as it happens, and not again.'),
  z
    .object({ ev: z.literal('clock.changed'), room: roomName, d: clocksChanged })
    .describe('The exchange of clocks was started or stopped, or others take part. Told as it happens, and not again.'),
  z.object({ ev: z.literal('caught_up') }).describe('The same of all rooms and of the inbox: what comes now is new.'),
]);
export type SocketPush = z.infer<typeof socketPush>;

/** Why the server closes: after 4000 to 4499 a client comes back by itself, with its positions; after 4500 to 4999 not. */
export const closeCodes = {
  goingAway: 4000,
  slow: 4001,
  recordLost: 4002,
  unavailable: 4003,
  helloExpected: 4500,
  ticketRefused: 4501,
  sessionOver: 4502,
} as const;
