// All that a chat replica hears about messages to chosen people.
import { Controller } from '@nestjs/common';
import {
  directOperations,
  type AcknowledgeRequest,
  type Correspondence,
  type CorrespondenceRequest,
  type ReadInboxReply,
  type ReadInboxRequest,
  type ReceiptsReply,
  type ReceiptsRequest,
  type SendReply,
  type SendRequest,
} from '@parley/contracts';
import { Answers } from '@parley/messaging';
import { DirectMessages } from './direct/direct-messages.js';
import { byAnyReplica } from './any-replica.js';

@Controller()
export class DirectController {
  constructor(private readonly messages: DirectMessages) {}

  @Answers(directOperations.send, byAnyReplica)
  send(request: SendRequest): Promise<SendReply> {
    return this.messages.send(request);
  }

  @Answers(directOperations.receipts, byAnyReplica)
  receipts(request: ReceiptsRequest): Promise<ReceiptsReply> {
    return this.messages.receipts(request);
  }

  @Answers(directOperations.inbox, byAnyReplica)
  inbox(request: ReadInboxRequest): Promise<ReadInboxReply> {
    return this.messages.inbox(request);
  }

  @Answers(directOperations.acknowledge, byAnyReplica)
  async acknowledge(request: AcknowledgeRequest): Promise<Record<string, never>> {
    await this.messages.acknowledge(request);
    return {};
  }

  @Answers(directOperations.correspondence, byAnyReplica)
  correspondence(request: CorrespondenceRequest): Promise<Correspondence> {
    return this.messages.correspondence(request);
  }
}
