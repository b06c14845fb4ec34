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
import { shared } from './shared.js';

@Controller()
export class DirectController {
  constructor(private readonly messages: DirectMessages) {}

  @Answers(directOperations.send, shared)
  send(request: SendRequest): Promise<SendReply> {
    return this.messages.send(request);
  }

  @Answers(directOperations.receipts, shared)
  receipts(request: ReceiptsRequest): Promise<ReceiptsReply> {
    return this.messages.receipts(request);
  }

  @Answers(directOperations.inbox, shared)
  inbox(request: ReadInboxRequest): Promise<ReadInboxReply> {
    return this.messages.inbox(request);
  }

  @Answers(directOperations.acknowledge, shared)
  async acknowledge(request: AcknowledgeRequest): Promise<Record<string, never>> {
    await this.messages.acknowledge(request);
    return {};
  }

  @Answers(directOperations.correspondence, shared)
  correspondence(request: CorrespondenceRequest): Promise<Correspondence> {
    return this.messages.correspondence(request);
  }
}
