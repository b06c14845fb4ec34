// "Why here?": what is known of a message's place in its room, and of what it can have been influenced by. See docs/clocks.md.
import { z } from 'zod';
import { stamp } from './events.js';
import { roomName } from './names.js';
import { roomEvent, seenOffset } from './room-record.js';
import { roomPosition } from './rooms.js';

export const messageOffset = roomPosition.shape.offset.min(1);

const mention = z.object({ offset: messageOffset, from: z.string() });
export type Mention = z.infer<typeof mention>;

const mentions = z.object({
  items: z.array(mention).describe('the nearest first'),
  more: z.number().int().nonnegative().describe('how many others were found'),
});

/** Answer of `GET /rooms/{room}/messages/{offset}/why`. */
export const messageExplanation = roomPosition.extend({
  room: roomName,
  from: z.string(),
  at: z.iso.datetime(),
  ...stamp.shape,
  placed: roomEvent.options[0].shape.placed.unwrap().nullable().describe('null: the record does not say'),
  seen: seenOffset.nullable().describe('null: the sender’s client did not say'),
  clock: z
    .array(mention.pick({ offset: true }).extend({ name: z.string() }))
    .describe(
      'vector clock by sender: the last message of each that this one can have been influenced by, itself included',
    ),
  before: mentions.describe('messages that happened before it'),
  concurrent: mentions.describe('messages of which neither is known to have happened before the other'),
  looked: z
    .object({ first: messageOffset, last: messageOffset })
    .describe('the part of the record that was looked at, by offsets; `before` and `concurrent` are about this part'),
  text: z.array(z.string()).describe('the same in words'),
});
export type MessageExplanation = z.infer<typeof messageExplanation>;
