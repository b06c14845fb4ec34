// What members of a room, and those who hold seats, do to agree. The same as over HTTP.
import { transactionId, type SocketCommand } from '@parley/contracts';
import { placeOf } from '../../controllers/place.js';
import type { PersonalVotes } from '../../personal-votes.js';
import type { Principal } from '../../principal.js';
import type { Proposals } from '../../proposals.js';
import type { Seats } from '../../seats.js';

type AgreeingOp = 'propose' | 'vote' | 'acknowledge' | 'sit' | 'stand';
export type AgreeingCommand = Extract<SocketCommand, { op: AgreeingOp }>;

export class AgreeingCommands {
  constructor(
    private readonly proposals: Pick<Proposals, 'begin'>,
    private readonly votes: Pick<PersonalVotes, 'cast' | 'acknowledge'>,
    private readonly seats: Pick<Seats, 'take' | 'leave'>,
  ) {}

  /** @throws ProblemError as the same over HTTP does */
  async carryOut(command: AgreeingCommand, by: Principal, trace: string): Promise<unknown> {
    switch (command.op) {
      case 'propose': {
        const { room, id: key, text: value } = command.d;
        const { begin } = await this.proposals.begin({ room, value }, { key, by, correlation: trace });
        return { transaction: transactionId(begin) };
      }
      case 'vote': {
        const { participant, transaction, vote } = command.d;
        return this.votes.cast({ place: placeOf(transaction), participant, by, trace }, vote);
      }
      case 'acknowledge': {
        const { participant, transaction } = command.d;
        return this.votes.acknowledge({ place: placeOf(transaction), participant, by, trace });
      }
      case 'sit':
        return this.seats.take(command.d.participant, by);
      case 'stand':
        await this.seats.leave(command.d.participant, by);
        return {};
    }
  }
}
