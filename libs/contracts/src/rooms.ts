// Rooms: who may come in, and who is in. A room is the record of what happened in it (room-record.ts); everything else about it
// follows from that record.
import { z } from 'zod';
import { userKind } from './accounts.js';
import { roomName } from './names.js';
import { protocol, voting } from './transaction.js';
import { userName } from './user-name.js';

const isoTime = z.iso.datetime();

/** Most members of a room, and most names that a room can be limited to. */
const MAX_CAPACITY = 1_000;
const MAX_ADMITTED = 200;

/** About as many proposals of a room can wait for their decision: those of other rooms have to find room at the coordinator too. */
export const MAX_OPEN_PROPOSALS = 64;

/** Most rooms of a system, and most that one account makes. */
export const MAX_ROOMS = 1_000;
export const MAX_ROOMS_OF_ACCOUNT = 50;

/** How a room agrees. Fixed when the room is made, for its book keeps it from the first proposal on. */
export const roomAgreement = z.object({
  votes: voting.describe(
    'manual: whoever holds a participant’s seat is asked. automatic: participants vote by themselves.',
  ),
  protocol,
});
export type Agreement = z.infer<typeof roomAgreement>;

export const roomRules = z.object({
  capacity: z.number().int().min(1).max(MAX_CAPACITY).describe('how many members it takes'),
  admits: z.array(z.string()).nullable().describe('the only names that may come in; null: everybody'),
  guests: z.boolean().describe('whether somebody without an account may come in'),
  agreement: roomAgreement,
});
export type RoomRules = z.infer<typeof roomRules>;

const admits = z
  .array(userName)
  .min(1)
  .max(MAX_ADMITTED)
  .nullable()
  .describe(roomRules.shape.admits.description ?? '');

/** Body of `POST /rooms`. */
export const newRoom = z
  .strictObject({
    room: roomName,
    capacity: roomRules.shape.capacity.default(200),
    admits: admits.default(null),
    guests: roomRules.shape.guests.default(true),
    agreement: z
      .strictObject({ votes: roomAgreement.shape.votes.default('manual'), protocol: protocol.default('e3pc') })
      .prefault({})
      .describe('How what is proposed in the room is agreed on. It cannot be changed later.'),
  })
  .describe('A room, and who may come in.');
export type NewRoom = z.infer<typeof newRoom>;

/** Of the event that made the present rules, as lost updates are told by it. */
const rulesAt = z.number().int().min(1).describe('offset of the event since which the rules are as they are');

/** Body of `PATCH /rooms/{room}`. */
export const roomChange = z
  .strictObject({
    capacity: roomRules.shape.capacity.optional(),
    admits: admits.optional(),
    guests: roomRules.shape.guests.optional(),
    rulesAt: rulesAt.optional().describe('Only if the rules are still those of this offset.'),
  })
  .describe('Who may come in from now on. Nobody has to leave. What is left out stays as it is.');
export type RoomChange = z.infer<typeof roomChange>;

const member = z.object({ name: z.string(), kind: userKind, since: isoTime });

/** A place in a room's order. */
export const roomPosition = z.object({
  epoch: z.number().int().nonnegative().describe('which record of the room: another one begins if it was ever lost'),
  offset: z.number().int().nonnegative().describe('1, 2, 3 … for each thing that happened in the room; 0: nothing yet'),
});

export type RoomPosition = z.infer<typeof roomPosition>;

export const room = roomRules.extend({
  room: roomName,
  createdBy: z.string(),
  createdAt: isoTime,
  rulesAt,
  last: roomPosition.describe('of the last thing that happened'),
  members: z.array(member).describe('by when they came in'),
});
export type Room = z.infer<typeof room>;

const listedRoom = room
  .omit({ admits: true, rulesAt: true, members: true })
  .extend({ members: z.number().int().nonnegative() });
export type ListedRoom = z.infer<typeof listedRoom>;
export const rooms = z.object({ items: z.array(listedRoom).describe('by name') });
