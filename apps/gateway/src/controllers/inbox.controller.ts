import { Body, Controller, Param, Query, Req, Res } from '@nestjs/common';
import {
  correspondenceQuery,
  directOperations,
  inboxAcknowledgement,
  inboxQuery,
  messageId,
  newDirectMessage,
  routes,
  type Correspondence,
  type CorrespondenceQuery,
  type Inbox,
  type InboxAcknowledgement,
  type InboxQuery,
  type NewDirectMessage,
  type SentMessage,
} from '@parley/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Chat } from '../chat/chat.js';
import { send, withReceipts } from '../chat/sending.js';
import { ProblemError, quoted } from '../http/problem.js';
import { Serves } from '../http/served-routes.js';
import { userOf } from '../http/signed-in.js';

@Controller()
export class InboxController {
  constructor(private readonly chat: Chat) {}

  @Serves(routes.sendMessage)
  async send(
    @Param('uuid') uuid: string,
    @Body({ schema: newDirectMessage }) body: NewDirectMessage,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SentMessage> {
    const id = messageId.safeParse(uuid).data;
    if (id === undefined) throw new ProblemError('invalid-message-id', `${quoted(uuid)} is no UUID in small letters`);
    const user = userOf(request);
    const { repeated, ...sent } = await send(this.chat, user, { ...body, id }, request.id);
    void reply.code(repeated ? 200 : 201);
    return withReceipts(this.chat, user, sent, request.id);
  }

  @Serves(routes.readCorrespondence)
  correspondence(
    @Query({ schema: correspondenceQuery }) query: CorrespondenceQuery,
    @Req() request: FastifyRequest,
  ): Promise<Correspondence> {
    return this.chat.read(directOperations.correspondence, { ...query, user: userOf(request) }, request.id);
  }

  @Serves(routes.readInbox)
  async inbox(@Query({ schema: inboxQuery }) query: InboxQuery, @Req() request: FastifyRequest): Promise<Inbox> {
    const asked = { ...query, user: userOf(request) };
    const { count, waiting } = await this.chat.read(directOperations.inbox, asked, request.id);
    return { count, waiting };
  }

  @Serves(routes.acknowledgeMessages)
  async acknowledge(
    @Body({ schema: inboxAcknowledgement }) body: InboxAcknowledgement,
    @Req() request: FastifyRequest,
  ): Promise<void> {
    const asked = { ...body, user: userOf(request) };
    await this.chat.askTwice(directOperations.acknowledge, asked, request.id);
  }
}
