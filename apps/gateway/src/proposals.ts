// A proposal's way: begun by the coordinator, then, if the client is ready to wait, until it is settled.
import type { KnownTransaction, Proposal } from '@parley/contracts';
import type { Coordinator } from './coordinator.js';
import { ProblemError } from './http/problem.js';
import { idempotencyOf } from './idempotency.js';
import { PRINCIPAL } from './principal.js';
import type { Settlement, Wait } from './settlement.js';
import type { TransactionReads } from './transaction-reads.js';
import type { TransactionViews } from './views.js';

interface Parts {
  readonly coordinator: Coordinator;
  readonly settlement: Settlement;
  readonly reads: TransactionReads;
  readonly views: TransactionViews;
}

export class Proposals {
  constructor(private readonly parts: Parts) {}

  /** @throws ProblemError as `Coordinator.begin` and `idempotencyOf` do */
  async begin(proposal: Proposal, key: string | undefined, correlation: string): Promise<KnownTransaction> {
    const idempotency = idempotencyOf(key, PRINCIPAL, proposal);
    const begun = await this.parts.coordinator.begin({
      ...proposal,
      proposer: PRINCIPAL,
      correlation,
      ...(idempotency && { idempotency }),
    });
    return begun.kind === 'begun' ? begun.transaction : this.parts.reads.find(begun.place, correlation);
  }

  wait({ begin, list }: KnownTransaction, timeoutMs: number): Wait {
    return this.parts.settlement.wait(begin, list, timeoutMs);
  }

  /** The transaction after a wait: its decision is asked for if it was not told here. */
  async current(known: KnownTransaction, correlation: string): Promise<KnownTransaction> {
    if (this.parts.views.isDecided(known)) return known;
    try {
      return await this.parts.reads.find(known.begin, correlation);
    } catch (error) {
      // The transaction has begun, and that is told also when nobody can say more about it at the moment.
      if (error instanceof ProblemError) return known;
      throw error;
    }
  }
}
