// The exchange of clocks in a room: each member has a vector clock, and from time to time sends it to another. Apart from the room's
// record, which it would flood: in a bounded stream, where each event carries the state that it has led to. See docs/clocks.md.
import { z } from 'zod';
import { userKind } from './accounts.js';
import type { StreamContract } from './events.js';
import { nodeName, roomName } from './names.js';
import { roomPosition } from './rooms.js';

/** Most members that take part in a room's exchange; those who came in first. A clock has an entry for each. */
export const MAX_TAKING_PART = 32;

/** Events of a room's exchange that are kept; the last alone says all that is needed to go on. */
const KEPT = 16;

const count = z.number().int().nonnegative();
const name = z.string();

/** Lamport's time and the vector clock of a member. */
const memberStamp = z.object({
  lamport: count,
  vector: z.record(name, count).describe('by member; one that has no entry is at 0'),
});

const phase = z
  .enum(['stopped', 'waiting', 'running'])
  .describe('waiting: it was started, and there are fewer than two members to take part');

const takingPart = memberStamp.extend({ name, kind: userKind });

/** One member sent its clock to another. */
export const clocksExchanged = z.object({
  number: count.describe('1, 2, 3 … in this room'),
  at: z.iso.datetime(),
  from: name,
  to: name,
  sent: memberStamp.describe('what the message carried: the sender’s clock, one step further'),
  before: memberStamp.describe('the receiver’s clock before it came'),
  after: memberStamp.describe('the receiver’s clock since: the greater of both in each entry, and one step of its own'),
});
export type ClocksExchanged = z.infer<typeof clocksExchanged>;

const state = z.object({
  phase,
  exchanges: count.describe('how many there have been'),
  members: z.array(
    takingPart.extend({
      since: z.number().int().describe('when it came into the room, ms since the epoch: who comes back is another'),
      inMs: z.number().int().describe('after how long it sends, from this event on; less than 0: it is late'),
    }),
  ),
});
export type ClockState = z.infer<typeof state>;

const happened = {
  room: roomName,
  epoch: roomPosition.shape.epoch.describe('of the record of the room: in another one the exchange is another'),
  node: nodeName.describe('the chat replica that did it'),
  state,
};

/** What happens in an exchange, with the state that follows. */
export const clockEvent = z.discriminatedUnion('type', [
  z.object({ ...happened, type: z.literal('started'), by: name }),
  z.object({ ...happened, type: z.literal('stopped'), by: name }),
  z.object({ ...happened, type: z.literal('changed'), joined: z.array(name), left: z.array(name) }),
  z.object({ ...happened, type: z.literal('exchanged'), exchange: clocksExchanged }),
]);
export type ClockEvent = z.infer<typeof clockEvent>;

/** Something else than an exchange happened: the exchange was started or stopped, or others take part. */
export const clocksChanged = z.object({
  phase,
  by: name.nullable().describe('who started or stopped it; null: others take part'),
  joined: z.array(name),
  left: z.array(name),
});

/** The exchange of a room, as its members see it. */
export const roomClocks = z.object({
  room: roomName,
  phase,
  exchanges: state.shape.exchanges,
  members: z
    .array(takingPart)
    .describe(`who takes part: of more than ${String(MAX_TAKING_PART)} members those who came first`),
  last: z.array(clocksExchanged).describe('the last ones, the oldest first'),
});
export type RoomClocks = z.infer<typeof roomClocks>;

/** Body of `PUT /rooms/{room}/clocks`. */
export const clocksSwitch = z.strictObject({ running: z.boolean() }).describe('Whether clocks are exchanged.');
export type ClocksSwitch = z.infer<typeof clocksSwitch>;

export const clockStream = {
  name: 'parley-clocks',
  subjectOf: (room) => `parley.v1.clocks.${room}`,
  body: clockEvent,
  maxBytes: 512 * 1024 * 1024,
  maxAgeMs: null,
  storage: 'file',
  keptPerToken: KEPT,
} as const satisfies StreamContract;
