// What gateways ask of the chat about rooms. Any replica answers. The gateway has seen to it that the user is who he says.
import { z } from 'zod';
import { sessionKey, userKind } from '../accounts.js';
import { nodeName, roomName } from '../names.js';
import { messageExplanation, messageOffset } from '../room-explanations.js';
import { history, historyQuery, message, messageId, seenOffset } from '../room-record.js';
import { newRoom, room, roomChange, roomPosition, rooms } from '../rooms.js';
import type { Operation } from './operation.js';
import { place } from './protocol-messages.js';

const user = z.object({ name: z.string(), kind: userKind, session: sessionKey.shape.digest });
export type RoomUser = z.infer<typeof user>;
export const inRoom = z.object({ room: roomName, user });

export const roomOperations = {
  list: { subject: 'parley.v1.chat.list-rooms', request: z.object({}), reply: rooms },
  create: { subject: 'parley.v1.chat.create-room', request: z.object({ ...newRoom.shape, user }), reply: room },
  read: { subject: 'parley.v1.chat.read-room', request: z.object({ room: roomName }), reply: room },
  change: {
    subject: 'parley.v1.chat.change-room',
    request: z.object({ room: roomName, user: user.nullable().describe('null: the operator'), ...roomChange.shape }),
    reply: room,
  },
  join: { subject: 'parley.v1.chat.join-room', request: inRoom, reply: room },
  leave: { subject: 'parley.v1.chat.leave-room', request: inRoom, reply: z.object({}) },
  say: {
    subject: 'parley.v1.chat.say',
    request: inRoom.extend({ id: messageId, text: z.string(), seen: seenOffset.optional() }),
    reply: z.object({ message, repeated: z.boolean().describe('it was said before') }),
  },
  /** Refused to who is no member: how the room agrees, for who wants to propose in it or to see what was proposed. */
  agreement: {
    subject: 'parley.v1.chat.read-agreement',
    request: inRoom,
    reply: z.object({
      agreement: room.shape.agreement,
      open: z.number().int().nonnegative().describe('proposals that are not decided, as far as the room was told'),
    }),
  },
  /** Something happened to a transaction of a room's book: the chat reads what, and tells the room what it was not told yet. */
  look: { subject: 'parley.v1.chat.look', request: place, reply: z.object({}) },
  /** Somebody's vote was taken, for a participant. Told to the room once. */
  voted: {
    subject: 'parley.v1.chat.tell-vote',
    request: place.extend({ participant: nodeName, by: z.string() }),
    reply: z.object({}),
  },
  /** In which rooms the user is, and how far each has come. */
  of: {
    subject: 'parley.v1.chat.rooms-of',
    request: z.object({ user }),
    reply: z.object({ rooms: z.array(roomPosition.extend({ room: roomName })) }),
  },
  history: {
    subject: 'parley.v1.chat.read-messages',
    request: inRoom.extend(historyQuery.shape),
    reply: history,
  },
  /** Why a message stands where it stands. */
  why: {
    subject: 'parley.v1.chat.explain-message',
    request: inRoom.extend({ offset: messageOffset }),
    reply: messageExplanation,
  },
} as const satisfies Record<string, Operation>;
export type CreateRoomRequest = z.infer<typeof roomOperations.create.request>;
export type ChangeRoomRequest = z.infer<typeof roomOperations.change.request>;
export type InRoomRequest = z.infer<typeof inRoom>;
export type SayRequest = z.infer<typeof roomOperations.say.request>;
export type SayReply = z.infer<typeof roomOperations.say.reply>;
export type WhyRequest = z.infer<typeof roomOperations.why.request>;
export type VotedRequest = z.infer<typeof roomOperations.voted.request>;
export type HistoryRequest = z.infer<typeof roomOperations.history.request>;
