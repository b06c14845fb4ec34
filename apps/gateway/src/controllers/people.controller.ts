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
import { principalOf } from '../http/signed-in.js';
import { Serves } from '../http/served-routes.js';
import { PersonalVotes } from '../personal-votes.js';
import { Seats } from '../seats.js';
import { placeOf } from './place.js';

@Controller()
export class PeopleController {
  constructor(
    private readonly seats: Seats,
    private readonly votes: PersonalVotes,
  ) {}

  @Serves(routes.takeSeat)
  take(@Param('id') participant: string, @Req() request: FastifyRequest): Promise<Seat> {
    return this.seats.take(participant, principalOf(request));
  }

  @Serves(routes.leaveSeat)
  leave(@Param('id') participant: string, @Req() request: FastifyRequest): Promise<void> {
    return this.seats.leave(participant, principalOf(request));
  }

  @Serves(routes.listRequests)
  async requests(@Param('id') participant: string, @Req() request: FastifyRequest): Promise<{ items: OpenRequest[] }> {
    return { items: await this.votes.requestsFor(participant, principalOf(request), request.id) };
  }

  @Serves(routes.vote)
  vote(
    @Param('id') id: string,
    @Body({ schema: ballotPaper }) { participant, vote }: BallotPaper,
    @Req() request: FastifyRequest,
  ): Promise<PersonalReceipt> {
    return this.votes.cast({ place: placeOf(id), participant, by: principalOf(request), trace: request.id }, vote);
  }

  @Serves(routes.acknowledge)
  acknowledge(
    @Param('id') id: string,
    @Body({ schema: acknowledgement }) { participant }: Acknowledgement,
    @Req() request: FastifyRequest,
  ): Promise<PersonalReceipt> {
    return this.votes.acknowledge({ place: placeOf(id), participant, by: principalOf(request), trace: request.id });
  }
}
