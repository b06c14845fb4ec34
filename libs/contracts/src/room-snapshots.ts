// What is kept of the record of all rooms so that nobody has to read it from its beginning. Each says of which stream it is: of
// another one it means nothing.
import { z } from 'zod';
import { userKind } from './accounts.js';
import { stamp } from './events.js';
import { roomName } from './names.js';
import { roomEvent } from './room-record.js';
import { roomPosition } from './rooms.js';

const stream = z.string().describe('which stream the record is: when the broker made it');
const sequence = z.number().int().nonnegative().describe('in the stream');
const line = z.number().int().nonnegative().describe('number in the room’s book');
const time = z.number().int().describe('ms since the epoch');

/** Who may come into a room and who is in it, as of some event. */
export const roomOutline = z.object({
  stream,
  room: roomName,
  epoch: roomPosition.shape.epoch,
  rules: roomEvent.options[0].shape.rules,
  rulesAt: roomPosition.shape.offset.default(1),
  createdBy: z.string(),
  createdAt: time,
  members: z.array(
    z.object({
      name: z.string(),
      kind: userKind,
      session: z.string().nullable().describe('the digest of a guest’s session'),
      since: time,
    }),
  ),
  proposals: z.object({
    decidedTo: line,
    decidedBeyond: z.array(line),
    open: z.array(z.object({ line, awaited: z.array(z.string()).describe('participants') })),
  }),
  last: z.object({ offset: roomPosition.shape.offset, at: time, sequence }),
});
export type RoomOutline = z.infer<typeof roomOutline>;

/** What is remembered of a room's past, as of some event. */
export const roomRecollection = z.object({
  stream,
  epoch: roomPosition.shape.epoch,
  offset: roomPosition.shape.offset,
  sequence,
  stride: z.number().int().positive(),
  marks: z.array(sequence),
  senders: z
    .array(z.object({ key: z.string(), lastAt: time, said: z.base64() }))
    .describe('who spoke longest ago first'),
});
export type RoomRecollection = z.infer<typeof roomRecollection>;

/** The outlines that are kept are at least as new as this place in the stream. */
export const roomCheckpoint = z.object({
  stream,
  sequence,
  rooms: z.array(roomName).describe('all that there were'),
  clock: stamp.describe('not before anything that stands up to there'),
});
export type RoomCheckpoint = z.infer<typeof roomCheckpoint>;
