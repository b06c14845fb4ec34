// Rooms: who may come in, who is in, and what was said, in one order. A room is the record of what happened in it; everything
// else about it follows from that record.
import { z } from 'zod';
import { userKind } from './accounts.js';
import { stamp, transactionName, type StreamContract } from './events.js';
import { messageText } from './message-text.js';
import { bookName, nodeName, roomName, transactionNumber } from './names.js';
import { decisionRule, outcome, protocol, voting } from './transaction.js';
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
const agreement = z.object({
  votes: voting.describe(
    'manual: whoever holds a participant’s seat is asked. automatic: participants vote by themselves.',
  ),
  protocol,
});
export type Agreement = z.infer<typeof agreement>;

const rules = z.object({
  capacity: z.number().int().min(1).max(MAX_CAPACITY).describe('how many members it takes'),
  admits: z.array(z.string()).nullable().describe('the only names that may come in; null: everybody'),
  guests: z.boolean().describe('whether somebody without an account may come in'),
  agreement,
});
export type RoomRules = z.infer<typeof rules>;

const admits = z
  .array(userName)
  .min(1)
  .max(MAX_ADMITTED)
  .nullable()
  .describe(rules.shape.admits.description ?? '');

/** Body of `POST /rooms`. */
export const newRoom = z
  .strictObject({
    room: roomName,
    capacity: rules.shape.capacity.default(200),
    admits: admits.default(null),
    guests: rules.shape.guests.default(true),
    agreement: z
      .strictObject({ votes: agreement.shape.votes.default('manual'), protocol: protocol.default('e3pc') })
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
    capacity: rules.shape.capacity.optional(),
    admits: admits.optional(),
    guests: rules.shape.guests.optional(),
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

export const room = rules.extend({
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

/** A message's UUID, which its sender chooses: the same one never makes a second message. */
export const messageId = z
  .string()
  .regex(
    /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
    'a UUID in small letters, as 123e4567-e89b-42d3-a456-426614174000',
  );

/** How far a sender had been told of a room. */
export const seenOffset = z
  .number()
  .int()
  .nonnegative()
  .describe('Offset up to which the sender’s client had been told of everything in the room. Absent: it does not say.');

/** Body of `PUT /rooms/{room}/messages/{uuid}`. */
export const newMessage = z
  .strictObject({ text: messageText, seen: seenOffset.optional() })
  .describe('What is said to the room.');
export type NewMessage = z.infer<typeof newMessage>;

const who = z.object({ name: z.string(), kind: userKind });

const placed = {
  transaction: transactionName,
  book: bookName,
  line: transactionNumber.describe('the line in every ledger of the book; it is empty when the transaction is aborted'),
};

/** What happens in a room, in a form of time. */
const happenings = <Time extends z.ZodType>(at: Time) => {
  const happened = roomPosition.extend({ room: roomName, at, ...stamp.shape });
  return {
    created: happened.extend({ type: z.literal('created'), by: z.string(), rules }),
    changed: happened
      .extend({ type: z.literal('changed'), by: z.string().describe('the maker, or `operator`'), rules })
      .describe('Who may come in, from now on.'),
    joined: happened.extend({ type: z.literal('joined'), who }),
    left: happened.extend({ type: z.literal('left'), who }),
    said: happened.extend({
      type: z.literal('said'),
      id: messageId,
      from: who,
      text: z.string(),
      gapMs: z
        .number()
        .int()
        .nonnegative()
        .nullable()
        .describe('since the sender’s previous one here; null: the first'),
      seen: seenOffset.optional(),
    }),
    proposed: happened.extend({
      type: z.literal('proposed'),
      ...placed,
      by: z.string(),
      text: z.string(),
      ...agreement.shape,
      asked: z
        .array(z.object({ participant: nodeName, holder: z.string().nullable().describe('null: nobody') }))
        .describe('where votes are manual: who held the participants’ seats when this was told'),
      deadline: at.describe('when the votes must be there'),
    }),
    voted: happened
      .extend({ type: z.literal('voted'), ...placed, participant: nodeName, by: z.string() })
      .describe('Somebody has voted for a participant. How stands in the evidence, once it is decided.'),
    decided: happened.extend({
      type: z.literal('decided'),
      ...placed,
      outcome,
      rule: decisionRule,
      decidedBy: nodeName,
      votes: z.record(z.string(), z.enum(['yes', 'no'])).describe('by participant, as whoever decided saw them'),
    }),
  };
};

const stored = happenings(z.number().int().describe('ms since the epoch; never runs backwards within a room'));

/** How an event got its place. Older records do not say. */
const placing = {
  placed: z
    .object({
      by: nodeName.describe('the chat replica that appended it'),
      after: z
        .number()
        .int()
        .nonnegative()
        .describe('the sequence after which nothing was to stand in the room’s stream'),
    })
    .optional(),
};

/** What happens in a room, as it is kept. */
export const roomEvent = z.discriminatedUnion('type', [
  stored.created.extend(placing),
  stored.changed.extend(placing),
  stored.joined.extend({ session: z.string().nullable().describe('the digest of a guest’s session'), ...placing }),
  stored.left.extend(placing),
  stored.said.extend(placing),
  stored.proposed.extend(placing),
  stored.voted.extend(placing),
  stored.decided.extend(placing),
]);
export type RoomEvent = z.infer<typeof roomEvent>;

const shown = happenings(isoTime);

/** The same as users see it. */
export const shownRoomEvent = z.discriminatedUnion('type', [
  shown.created,
  shown.changed,
  shown.joined,
  shown.left,
  shown.said,
  shown.proposed,
  shown.voted,
  shown.decided,
]);
export type ShownRoomEvent = z.infer<typeof shownRoomEvent>;

/** An event as users see it: which session a guest has is nobody's business, and who placed it is told to who asks why. */
export function shownRoomEventOf({ placed, ...event }: RoomEvent): ShownRoomEvent {
  const at = new Date(event.at).toISOString();
  if (event.type === 'proposed') return { ...event, at, deadline: new Date(event.deadline).toISOString() };
  if (event.type !== 'joined') return { ...event, at };
  const { session, ...rest } = event;
  return { ...rest, at };
}

export const message = shown.said;
export type Message = z.infer<typeof message>;

/** Query of `GET /rooms/{room}/messages`. */
export const historyQuery = z.strictObject({
  after: z.coerce.number().int().min(0).optional().describe('Offset: what happened after it, the oldest first.'),
  before: z.coerce.number().int().min(1).optional().describe('Offset: the last things that happened before it.'),
  limit: z.coerce.number().int().min(1).max(100).default(50),
});
export type HistoryQuery = z.infer<typeof historyQuery>;

/** Query of `GET /rooms/{room}/log.txt`. */
export const logQuery = historyQuery.pick({ after: true }).extend({
  follow: z.enum(['true', 'false']).default('false').describe('`true`: go on as things happen, until the reader goes.'),
});
export type LogQuery = z.infer<typeof logQuery>;

export const history = z.object({
  epoch: roomPosition.shape.epoch,
  items: z.array(shownRoomEvent).describe('in the order of the room; without `after` and `before` the last ones'),
});
export type RoomHistory = z.infer<typeof history>;

/** The record of all rooms. Nothing in it is ever dropped: when it is full, nothing more is said. */
export const roomStream = {
  name: 'parley-rooms',
  subjectOf: (room) => `parley.v1.room.${room}`,
  body: roomEvent,
  maxBytes: 8 * 1024 * 1024 * 1024,
  maxAgeMs: null,
  storage: 'file',
} as const satisfies StreamContract;
