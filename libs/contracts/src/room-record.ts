// What happens in rooms, one thing after the other: the record from which everything about a room follows, as it is kept and as users
// see it.
import { z } from 'zod';
import { userKind } from './accounts.js';
import { stamp, transactionName, type StreamContract } from './events.js';
import { messageText } from './message-text.js';
import { bookName, nodeName, roomName, transactionNumber } from './names.js';
import { roomAgreement, roomPosition, roomRules } from './rooms.js';
import { decisionRule, outcome } from './transaction.js';

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
    created: happened.extend({ type: z.literal('created'), by: z.string(), rules: roomRules }),
    changed: happened
      .extend({ type: z.literal('changed'), by: z.string().describe('the maker, or `operator`'), rules: roomRules })
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
      ...roomAgreement.shape,
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

const shown = happenings(z.iso.datetime());

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
