import { Body, Controller, Param, Req } from '@nestjs/common';
import {
  acknowledgement,
  ballotPaper,
  routes,
  type Acknowledgement,
  type BallotPaper,
  type OpenRequest,
  type PersonalReceipt,
  type Seat,
} from '@parley/contracts';
import type { FastifyRequest } from 'fastify';
import { Serves } from '../http/served-routes.js';
import { PersonalVotes } from '../personal-votes.js';
import { PRINCIPAL } from '../principal.js';
import { Seats } from '../seats.js';
import { placeOf } from './place.js';

@Controller()
export class PeopleController {
  constructor(
    private readonly seats: Seats,
    private readonly votes: PersonalVotes,
  ) {}

  @Serves(routes.takeSeat)
  take(@Param('id') participant: string): Promise<Seat> {
    return this.seats.take(participant, PRINCIPAL);
  }

  @Serves(routes.leaveSeat)
  leave(@Param('id') participant: string): Promise<void> {
    return this.seats.leave(participant, PRINCIPAL);
  }

  @Serves(routes.listRequests)
  async requests(
    @Param('id') participant: string,
    @Req() { id: trace }: FastifyRequest,
  ): Promise<{ items: OpenRequest[] }> {
    return { items: await this.votes.requests(participant, trace) };
  }

  @Serves(routes.vote)
  vote(
    @Param('id') id: string,
    @Body({ schema: ballotPaper }) { participant, vote }: BallotPaper,
    @Req() { id: trace }: FastifyRequest,
  ): Promise<PersonalReceipt> {
    return this.votes.cast({ place: placeOf(id), participant, by: PRINCIPAL, trace }, vote);
  }

  @Serves(routes.acknowledge)
  acknowledge(
    @Param('id') id: string,
    @Body({ schema: acknowledgement }) { participant }: Acknowledgement,
    @Req() { id: trace }: FastifyRequest,
  ): Promise<PersonalReceipt> {
    return this.votes.acknowledge({ place: placeOf(id), participant, by: PRINCIPAL, trace });
  }
}
