import { Controller, Param, Query, Req } from '@nestjs/common';
import {
  parseTransactionId,
  routes,
  transactionQuery,
  type Evidence,
  type KnownTransaction,
  type Transaction,
  type TransactionPage,
  type TransactionQuery,
} from '@parley/contracts';
import type { FastifyRequest } from 'fastify';
import { decodeCursor, encodeCursor } from '../cursor.js';
import { ProblemError, quoted } from '../http/problem.js';
import { Serves } from '../http/served-routes.js';
import { TransactionReads } from '../transaction-reads.js';
import { evidenceView, TransactionViews } from '../views.js';

@Controller()
export class TransactionsController {
  constructor(
    private readonly reads: TransactionReads,
    private readonly views: TransactionViews,
  ) {}

  @Serves(routes.listTransactions)
  async list(
    @Query({ schema: transactionQuery }) { cursor, state, book, limit }: TransactionQuery,
    @Req() { id: correlation }: FastifyRequest,
  ): Promise<TransactionPage> {
    const after = cursor === undefined ? undefined : decodeCursor(cursor);
    if (cursor !== undefined && !after) {
      throw new ProblemError('invalid-query', 'cursor: none that an answer gave', { field: 'cursor' });
    }
    const { items, next } = await this.reads.page(
      { state: state === 'in-doubt' ? 'deciding' : state, book, after, limit },
      correlation,
    );
    return { items: items.map((known) => this.views.of(known)), next: next ? encodeCursor(next) : null };
  }

  @Serves(routes.readTransaction)
  async read(@Param('id') id: string, @Req() { id: correlation }: FastifyRequest): Promise<Transaction> {
    return this.views.of(await this.find(id, correlation));
  }

  @Serves(routes.readEvidence)
  async evidence(@Param('id') id: string, @Req() { id: correlation }: FastifyRequest): Promise<Evidence> {
    return evidenceView(await this.find(id, correlation));
  }

  private find(id: string, correlation: string): Promise<KnownTransaction> {
    const place = parseTransactionId(id);
    if (!place) throw new ProblemError('unknown-transaction', `${quoted(id)} is not the id of a transaction`);
    return this.reads.find(place, correlation);
  }
}
