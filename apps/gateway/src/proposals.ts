// A proposal's way: begun by the coordinator, then, if the client is ready to wait, until it is settled.
import { type KnownTransaction, type Proposal, type Transaction } from '@parley/contracts';
import type { Coordinator } from './coordinator.js';
import { ProblemError } from './http/problem.js';
import { idempotencyOf } from './idempotency.js';
import type { Outcomes } from './outcomes.js';
import type { Presence } from './presence.js';
import type { Settlement, Wait } from './settlement.js';
import type { TransactionReads } from './transaction-reads.js';
import { transactionView } from './views.js';

/** Who proposes. Until there are accounts there is one. */
const PROPOSER = 'operator';

interface Parts {
  readonly coordinator: Coordinator;
  readonly settlement: Settlement;
  readonly presence: Presence;
  readonly outcomes: Outcomes;
  readonly reads: TransactionReads;
}

export class Proposals {
  constructor(private readonly parts: Parts) {}

  /** @throws ProblemError as `Coordinator.begin` and `idempotencyOf` do */
  async begin(proposal: Proposal, key: string | undefined, correlation: string): Promise<KnownTransaction> {
    const idempotency = idempotencyOf(key, PROPOSER, proposal);
    return this.parts.coordinator.begin({
      ...proposal,
      proposer: PROPOSER,
      correlation,
      ...(idempotency && { idempotency }),
    });
  }

  wait({ begin, list }: KnownTransaction, timeoutMs: number): Wait {
    return this.parts.settlement.wait(begin, list, timeoutMs);
  }

  /** The transaction by what is known here. */
  view(known: KnownTransaction): Transaction {
    const { presence, outcomes } = this.parts;
    return transactionView(known, presence.applied(known.list, known.begin), outcomes.of(known.begin));
  }

  /** The transaction after a wait: its decision is asked for if it was not told here. */
  async current(known: KnownTransaction, correlation: string): Promise<Transaction> {
    if (known.decision ?? this.parts.outcomes.of(known.begin)) return this.view(known);
    try {
      return this.view(await this.parts.reads.find(known.begin, correlation));
    } catch (error) {
      // The transaction has begun, and that is told also when nobody can say more about it at the moment.
      if (error instanceof ProblemError) return this.view(known);
      throw error;
    }
  }
}
