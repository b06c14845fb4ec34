// All that a chat replica hears of what rooms agree on.
import { Controller } from '@nestjs/common';
import {
  facts,
  roomOperations,
  type Alive,
  type DecidedInRooms,
  type Place,
  type VotedRequest,
} from '@parley/contracts';
import { Answers, Hears } from '@parley/messaging';
import { Following } from './agreement/following.js';
import { byAnyReplica } from './any-replica.js';

@Controller()
export class AgreementController {
  constructor(private readonly following: Following) {}

  @Answers(roomOperations.look, byAnyReplica)
  async look(place: Place): Promise<Record<string, never>> {
    await this.following.look(place);
    return {};
  }

  @Answers(roomOperations.voted, byAnyReplica)
  async voted(request: VotedRequest): Promise<Record<string, never>> {
    await this.following.voted(request);
    return {};
  }

  @Hears(facts.decidedInRooms)
  decided({ transactions }: DecidedInRooms): void {
    this.following.noticed(transactions);
  }

  @Hears(facts.alive)
  alive(alive: Alive): void {
    this.following.heard(alive);
  }
}
