// What gateways ask of the chat about direct messages. Any replica answers. The gateway has seen to it that the user is who he
// says.
import { z } from 'zod';
import {
  correspondence,
  correspondenceQuery,
  inbox,
  inboxAcknowledgement,
  inboxPosition,
  inboxQuery,
  newDirectMessage,
  sentMessage,
} from '../direct-messages.js';
import { messageId } from '../room-record.js';
import type { Operation } from './operation.js';
import { roomOperations } from './room-operations.js';

const byUser = roomOperations.of.request;

export const directOperations = {
  /** Answered when it is stored. Of a `sync` message `missing` are those who have not received it yet. */
  send: {
    subject: 'parley.v1.chat.send',
    request: byUser.extend({ id: messageId, ...newDirectMessage.shape, text: z.string() }),
    reply: sentMessage.extend({
      offset: inboxPosition.shape.offset,
      repeated: z.boolean().describe('it was sent before'),
    }),
  },
  /** Waits a while for receipts of a message that the user has sent. */
  receipts: {
    subject: 'parley.v1.chat.await-receipts',
    request: byUser.extend({ offset: inboxPosition.shape.offset }),
    reply: sentMessage.pick({ missing: true }).extend({
      isOver: z.boolean().describe('nobody is missing, or receipts are waited for no longer'),
    }),
  },
  inbox: {
    subject: 'parley.v1.chat.read-inbox',
    request: byUser.extend(inboxQuery.shape),
    reply: inbox.extend({
      epoch: inboxPosition.shape.epoch,
      last: inboxPosition.shape.offset.describe('how far the record is known: nothing else up to here waits'),
      more: z.boolean().describe('more waits than is told here'),
    }),
  },
  acknowledge: {
    subject: 'parley.v1.chat.acknowledge-messages',
    request: byUser.extend(inboxAcknowledgement.shape),
    reply: z.object({}),
  },
  correspondence: {
    subject: 'parley.v1.chat.read-correspondence',
    request: byUser.extend(correspondenceQuery.shape),
    reply: correspondence,
  },
} as const satisfies Record<string, Operation>;
export type SendRequest = z.infer<typeof directOperations.send.request>;
export type SendReply = z.infer<typeof directOperations.send.reply>;
export type ReceiptsRequest = z.infer<typeof directOperations.receipts.request>;
export type ReceiptsReply = z.infer<typeof directOperations.receipts.reply>;
export type ReadInboxRequest = z.infer<typeof directOperations.inbox.request>;
export type ReadInboxReply = z.infer<typeof directOperations.inbox.reply>;
export type AcknowledgeRequest = z.infer<typeof directOperations.acknowledge.request>;
export type CorrespondenceRequest = z.infer<typeof directOperations.correspondence.request>;
