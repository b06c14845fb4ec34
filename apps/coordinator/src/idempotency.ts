// Idempotency-Key: for 24 hours the same key with the same body gives the same transaction, across crashes, because key
// and body stand as hashes in the transaction's `begin`. A refusal before `begin` keeps no key.
import type { BeginVerdict } from '@parley/commit';
import type { Begin, Place } from '@parley/contracts';

const KEPT_MS = 24 * 60 * 60 * 1000;

interface Use {
  readonly body: string;
  readonly createdAt: number;
  /** Where the transaction is, once its `begin` is forced. */
  place?: Place;
  /** Resolves once the transaction's `begin` is forced, or the proposal is refused. */
  readonly outcome: Promise<Place | BeginVerdict>;
}

export type Verdict =
  | { readonly kind: 'new' }
  | { readonly kind: 'conflict' }
  | { readonly kind: 'repeated'; readonly outcome: Promise<Place | BeginVerdict> };

export class IdempotencyKeys {
  /** In the order of first use, so that the oldest can be dropped first. */
  private readonly uses = new Map<string, Use>();

  look(idempotency: Begin['idempotency'], now: number): Verdict {
    if (idempotency === undefined) return { kind: 'new' };
    const use = this.uses.get(idempotency.key);
    if (use === undefined || use.createdAt + KEPT_MS <= now) return { kind: 'new' };
    return use.body === idempotency.body ? { kind: 'repeated', outcome: use.outcome } : { kind: 'conflict' };
  }

  /** The keys whose transactions have begun. */
  get settled(): (Place & { key: string; body: string; createdAt: number })[] {
    return [...this.uses].flatMap(([key, { body, createdAt, place }]) =>
      place === undefined ? [] : [{ key, body, createdAt, ...place }],
    );
  }

  /** The proposal that used the key was refused: it may be used again. */
  release(idempotency: Begin['idempotency']): void {
    if (idempotency !== undefined) this.uses.delete(idempotency.key);
  }

  use(idempotency: Begin['idempotency'], createdAt: number, outcome: Promise<Place | BeginVerdict>): void {
    if (idempotency === undefined) return;
    this.uses.delete(idempotency.key);
    const use: Use = { body: idempotency.body, createdAt, outcome };
    this.uses.set(idempotency.key, use);
    void outcome.then((settled) => {
      const { book, number } = 'begun' in settled ? settled.begun : 'refused' in settled ? {} : settled;
      if (book !== undefined && number !== undefined) use.place = { book, number };
    });
    for (const [key, oldest] of this.uses) {
      if (oldest.createdAt + KEPT_MS > createdAt) break;
      this.uses.delete(key);
    }
  }
}
