// Idempotency-Key: for 24 hours the same key with the same body gives the same transaction, across crashes, because key
// and body stand as hashes in the transaction's `begin`. A refusal before `begin` keeps no key.
import type { Begin, Place } from '@parley/contracts';

const KEPT_MS = 24 * 60 * 60 * 1000;

interface Use {
  readonly body: string;
  readonly createdAt: number;
  /** Resolves once the transaction's `begin` is forced. */
  readonly place: Promise<Place>;
}

export type Verdict =
  | { readonly kind: 'new' }
  | { readonly kind: 'conflict' }
  | { readonly kind: 'repeated'; readonly place: Promise<Place> };

export class IdempotencyKeys {
  /** In the order of first use, so that the oldest can be dropped first. */
  private readonly uses = new Map<string, Use>();

  look(idempotency: Begin['idempotency'], now: number): Verdict {
    if (idempotency === undefined) return { kind: 'new' };
    const use = this.uses.get(idempotency.key);
    if (use === undefined || use.createdAt + KEPT_MS <= now) return { kind: 'new' };
    return use.body === idempotency.body ? { kind: 'repeated', place: use.place } : { kind: 'conflict' };
  }

  use(idempotency: Begin['idempotency'], createdAt: number, place: Promise<Place>): void {
    if (idempotency === undefined) return;
    this.uses.delete(idempotency.key);
    this.uses.set(idempotency.key, { body: idempotency.body, createdAt, place });
    for (const [key, oldest] of this.uses) {
      if (oldest.createdAt + KEPT_MS > createdAt) break;
      this.uses.delete(key);
    }
  }
}
