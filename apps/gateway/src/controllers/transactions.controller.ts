import { Controller, Param, Query, Req, Res } from '@nestjs/common';
import {
  bookOfRoom,
  routes,
  transactionQuery,
  type Evidence,
  type KnownTransaction,
  type Transaction,
  type TransactionPage,
  type TransactionQuery,
} from '@parley/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RoomBooks } from '../chat/room-books.js';
import { now } from '../clock.js';
import { decodeCursor, encodeCursor } from '../cursor.js';
import { isOverdue } from '../doubt.js';
import { ProblemError } from '../http/problem.js';
import { principalOf } from '../http/signed-in.js';
import { Serves } from '../http/served-routes.js';
import { TransactionReads } from '../transaction-reads.js';
import { evidenceView, TransactionViews } from '../views.js';
import { placeOf } from './place.js';

@Controller()
export class TransactionsController {
  constructor(
    private readonly reads: TransactionReads,
    private readonly views: TransactionViews,
    private readonly rooms: RoomBooks,
  ) {}

  @Serves(routes.listTransactions)
  async list(
    @Query({ schema: transactionQuery }) { cursor, state, book: named, room, limit }: TransactionQuery,
    @Req() request: FastifyRequest,
  ): Promise<TransactionPage> {
    if (room !== undefined && named !== undefined)
      throw new ProblemError('invalid-query', 'room: it has a book of its own; leave out `book`', { field: 'room' });
    const book = room === undefined ? named : bookOfRoom(room);
    await this.rooms.admitReader(book, principalOf(request), request.id);
    const after = cursor === undefined ? undefined : decodeCursor(cursor);
    if (cursor !== undefined && !after) {
      throw new ProblemError('invalid-query', 'cursor: none that an answer gave', { field: 'cursor' });
    }
    const { items, next } = await this.reads.page({ state, book, after, limit }, request.id);
    return { items: items.map((known) => this.views.of(known)), next: next ? encodeCursor(next) : null };
  }

  @Serves(routes.readTransaction)
  async read(@Param('id') id: string, @Req() request: FastifyRequest): Promise<Transaction> {
    return this.views.of(await this.find(id, request));
  }

  @Serves(routes.readEvidence)
  async evidence(@Param('id') id: string, @Req() request: FastifyRequest): Promise<Evidence> {
    return evidenceView(await this.find(id, request));
  }

  @Serves(routes.recover)
  async recover(
    @Param('id') id: string,
    @Req() { id: correlation }: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Transaction> {
    const { known, started } = await this.reads.recover(placeOf(id), correlation);
    const isTried = started || known.phase === 'recovering' || isOverdue(known, now());
    if (!this.views.isDecided(known) && isTried) void reply.code(202);
    return this.views.of(known);
  }

  private async find(id: string, request: FastifyRequest): Promise<KnownTransaction> {
    const place = placeOf(id);
    await this.rooms.admitReader(place.book, principalOf(request), request.id);
    return this.reads.find(place, request.id);
  }
}
