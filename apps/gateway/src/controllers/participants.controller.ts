import { Readable } from 'node:stream';
import { Controller, Param, Req, Res } from '@nestjs/common';
import { bookName, nodeName, routes, type Participant } from '@parley/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RoomBooks } from '../chat/room-books.js';
import { now } from '../clock.js';
import { ProblemError, quoted } from '../http/problem.js';
import { principalOf } from '../http/signed-in.js';
import { Serves } from '../http/served-routes.js';
import { Ledgers } from '../ledgers.js';
import { unknownParticipant } from '../participant-problems.js';
import { Presence } from '../presence.js';
import { Seats } from '../seats.js';

@Controller()
export class ParticipantsController {
  constructor(
    private readonly presence: Presence,
    private readonly ledgers: Ledgers,
    private readonly seats: Seats,
    private readonly rooms: RoomBooks,
  ) {}

  @Serves(routes.listParticipants)
  async list(): Promise<{ items: Participant[] }> {
    const participants = this.presence.participants(now());
    const seats = await this.seats.all(participants.map(({ id }) => id));
    return { items: participants.map((participant, index) => ({ ...participant, seat: seats[index] ?? null })) };
  }

  @Serves(routes.readLedger)
  async ledger(
    @Param('id') participant: string,
    @Param('book') book: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    if (!nodeName.safeParse(participant).success) throw unknownParticipant(participant);
    if (!bookName.safeParse(book).success) {
      throw new ProblemError('unknown-ledger', `${quoted(book)} is not the name of a book`);
    }
    await this.rooms.admitReader(book, principalOf(request), request.id);
    const pages = await this.ledgers.open({ participant, book }, request.id);
    void reply.type(routes.readLedger.answers[200].mediaType);
    // HEAD asks whether there is a ledger; its text need not be fetched for that.
    await reply.send(Readable.from(request.method === 'HEAD' ? [] : pages, { objectMode: false }));
  }
}
