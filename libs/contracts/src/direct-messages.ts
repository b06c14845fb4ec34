// Messages to chosen people, and the inboxes in which they wait. A message is stored once, whomever it goes to, so it reaches
// all of them or none; an inbox is what was sent to somebody and not acknowledged yet. See docs/chat.md.
import { z } from 'zod';
import { user, userKind } from './accounts.js';
import { stamp, type StreamContract } from './events.js';
import { messageText } from './message-text.js';
import { messageId } from './room-record.js';
import { userName } from './user-name.js';

/** Most people that one message goes to. */
const MAX_RECIPIENTS = 50;

/** A place in the order of all direct messages. */
export const inboxPosition = z.object({
  epoch: z.number().int().nonnegative().describe('which record: another one begins if it was ever lost'),
  offset: z.number().int().nonnegative().describe('grows from message to message, by no fixed amount'),
});
export type InboxPosition = z.infer<typeof inboxPosition>;

const mode = z
  .enum(['persistent', 'sync'])
  .describe(
    'persistent: answered when it is stored. sync: only if all are connected to the WebSocket, and answered when each has received it, or after five seconds',
  );

/** Body of `PUT /direct-messages/{uuid}`. */
export const newDirectMessage = z
  .strictObject({
    to: z.array(userName).min(1).max(MAX_RECIPIENTS).describe('names; each of them sees all'),
    text: messageText,
    mode: mode.default('persistent'),
  })
  .describe('What is said to a chosen few.');
export type NewDirectMessage = z.infer<typeof newDirectMessage>;

const gapMs = z.number().int().nonnegative().nullable();

export const directMessage = z.object({
  id: messageId,
  from: user,
  to: z.array(user).describe('all to whom it went'),
  text: z.string(),
  at: z.iso.datetime(),
  ...stamp.shape,
  gapMs: gapMs.describe('since the sender’s previous message to anybody in particular; null: the first'),
});
export type DirectMessage = z.infer<typeof directMessage>;

/** Answer of `PUT /direct-messages/{uuid}`. */
export const sentMessage = z.object({
  message: directMessage,
  missing: z
    .array(z.string())
    .describe('of a `sync` message: who has not received it in time; it waits in the inbox. Otherwise nobody'),
});
export type SentMessage = z.infer<typeof sentMessage>;

/** A message where it stands in the order of all. */
export const placedMessage = z.object({ position: inboxPosition, message: directMessage });
export type PlacedMessage = z.infer<typeof placedMessage>;

/** Query of `GET /inbox`. */
export const inboxQuery = z.strictObject({
  after: z.coerce.number().int().min(0).default(0).describe('Offset: what waits after it.'),
  limit: z.coerce.number().int().min(1).max(100).default(100),
});
export type InboxQuery = z.infer<typeof inboxQuery>;

/** What waits for somebody. */
export const inbox = z.object({
  count: z.number().int().nonnegative().describe('how many wait, also those before `after` and those that did not fit'),
  waiting: z.array(placedMessage).describe('the oldest first'),
});
export type Inbox = z.infer<typeof inbox>;

/** Body of `POST /inbox/acknowledgements`. */
export const inboxAcknowledgement = z
  .strictObject({
    upTo: inboxPosition.strict().describe('of the last message that was received; all before it were too'),
  })
  .describe('What waits no longer.');
export type InboxAcknowledgement = z.infer<typeof inboxAcknowledgement>;

/** Query of `GET /direct-messages`. */
export const correspondenceQuery = z.strictObject({
  with: userName.describe('With whom.'),
  after: z.coerce.number().int().min(0).optional().describe('Offset: what came after it, the oldest first.'),
  before: z.coerce.number().int().min(1).optional().describe('Offset: the last messages before it.'),
  limit: z.coerce.number().int().min(1).max(100).default(50),
});
export type CorrespondenceQuery = z.infer<typeof correspondenceQuery>;

export const correspondence = z.object({
  items: z.array(placedMessage).describe('in order; without `after` and `before` the last ones'),
});
export type Correspondence = z.infer<typeof correspondence>;

/** Somebody who sends or receives. Guests who have a name one after the other are not the same. */
const party = z.object({
  name: z.string(),
  kind: userKind,
  session: z.string().nullable().describe('the digest of a guest’s session'),
});
export type Party = z.infer<typeof party>;

const hex = (text: string): string =>
  Array.from(new TextEncoder().encode(text), (byte) => byte.toString(16).padStart(2, '0')).join('');

/** What somebody is known by in the store, without a character that means something there. */
export const personOf = ({ name, kind, session }: Party): string =>
  kind === 'guest' ? `g-${session ?? ''}` : `a-${hex(name)}`;

const happened = {
  at: z.number().int().describe('ms since the epoch; of one person never runs backwards'),
  ...stamp.shape,
};

/** What somebody does, as it is kept. */
export const directEvent = z.discriminatedUnion('type', [
  z
    .object({
      type: z.literal('sent'),
      id: messageId,
      from: party,
      to: z.array(party).min(1),
      text: z.string(),
      gapMs,
      ...happened,
    })
    .describe('A message: from here on it waits for each of them.'),
  z
    .object({ type: z.literal('received'), who: party, upTo: z.number().int().nonnegative(), ...happened })
    .describe('Somebody has received all that was sent to him up to this offset.'),
]);
export type DirectEvent = z.infer<typeof directEvent>;

/** A message as users see it: which session a guest has is nobody's business. */
export function directMessageOf({ id, from, to, text, at, lamport, vector, gapMs }: SentEvent): DirectMessage {
  const shown = ({ name, kind }: Party): DirectMessage['from'] => ({ name, kind });
  return { id, from: shown(from), to: to.map(shown), text, at: new Date(at).toISOString(), lamport, vector, gapMs };
}
type SentEvent = Extract<DirectEvent, { type: 'sent' }>;

/**
 * The record of all direct messages, what each person does under a token of its own. Nothing in it is ever dropped: when it is
 * full, nothing more is sent. An offset is a sequence of this stream.
 */
export const directStream = {
  name: 'parley-direct-messages',
  subjectOf: (person) => `parley.v1.direct.${person}`,
  body: directEvent,
  maxBytes: 4 * 1024 * 1024 * 1024,
  maxAgeMs: null,
  storage: 'file',
} as const satisfies StreamContract;
