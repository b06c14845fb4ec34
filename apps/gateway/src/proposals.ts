// A proposal's way: begun by the coordinator, then, if the client is ready to wait, until it is settled.
import type { KnownTransaction, Proposal } from '@parley/contracts';
import type { Coordinator } from './coordinator.js';
import { ProblemError } from './http/problem.js';
import { idempotencyOf } from './idempotency.js';
import type { RoomBooks } from './chat/room-books.js';
import { identityOf, nameOf, type Principal } from './principal.js';
import type { Settlement, Wait } from './settlement.js';
import type { TransactionReads } from './transaction-reads.js';
import type { TransactionViews } from './views.js';

interface Parts {
  readonly coordinator: Coordinator;
  readonly settlement: Settlement;
  readonly reads: TransactionReads;
  readonly views: TransactionViews;
  readonly rooms: RoomBooks;
}

/** A proposal whose book is known. */
export type BookProposal = Omit<Proposal, 'room' | 'book'> & { readonly book: string };

const DEFAULT_BOOK = 'main';

export class Proposals {
  constructor(private readonly parts: Parts) {}

  /** @throws ProblemError as `Coordinator.begin`, `idempotencyOf` and `RoomBooks.forProposal` do; `operator-required` */
  async begin(
    given: Proposal,
    { key, by, correlation }: { key: string | undefined; by: Principal; correlation: string },
  ): Promise<KnownTransaction> {
    const proposal = await this.inItsBook(given, by, correlation);
    const idempotency = idempotencyOf(key, identityOf(by), proposal);
    const begun = await this.parts.coordinator.begin({
      ...proposal,
      proposer: nameOf(by),
      correlation,
      ...(idempotency && { idempotency }),
    });
    this.parts.rooms.begun(begun.kind === 'begun' ? begun.transaction.begin : begun.place, correlation);
    return begun.kind === 'begun' ? begun.transaction : this.parts.reads.find(begun.place, correlation);
  }

  private async inItsBook(
    { room, book = DEFAULT_BOOK, ...proposal }: Proposal,
    by: Principal,
    trace: string,
  ): Promise<BookProposal> {
    if (room !== undefined) return { ...proposal, ...(await this.parts.rooms.forProposal(room, by, trace)) };
    if (by.kind === 'operator') return { ...proposal, book };
    // A book is for ever a file at each participant, and a part of each heartbeat: there are as many as rooms, and the operator's.
    throw new ProblemError(
      'operator-required',
      `${nameOf(by)} proposes in rooms; in the book ${book} the operator does`,
    );
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
