import { Controller, Param, Query, Req } from '@nestjs/common';
import { nodeName, routes, verificationQuery, type Book, type Verification } from '@parley/contracts';
import type { FastifyRequest } from 'fastify';
import { Serves } from '../http/served-routes.js';
import { unknownParticipant } from '../participant-problems.js';
import { Upkeep } from '../upkeep.js';
import { Verifier } from '../verification.js';

@Controller()
export class UpkeepController {
  constructor(
    private readonly upkeep: Upkeep,
    private readonly verifier: Verifier,
  ) {}

  @Serves(routes.listBooks)
  async books(@Req() { id: trace }: FastifyRequest): Promise<{ items: Book[] }> {
    return { items: await this.upkeep.books(trace) };
  }

  @Serves(routes.verify)
  verify(
    @Query({ schema: verificationQuery }) { book }: { book: string },
    @Req() { id: trace }: FastifyRequest,
  ): Promise<Verification> {
    return this.verifier.verify(book, trace);
  }

  @Serves(routes.leave)
  async leave(@Param('id') participant: string, @Req() { id: trace }: FastifyRequest): Promise<void> {
    if (!nodeName.safeParse(participant).success) throw unknownParticipant(participant);
    await this.upkeep.leave(participant, trace);
  }
}
