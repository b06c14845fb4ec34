// Sessions: opaque, kept by the digest of their token, void at once when they are removed. That of an account lasts as long as
// it was given; that of a guest lasts a minute from its last use, and its name with it.
import { buckets, type KeptSession, type Session, type SessionKey, type UserKind } from '@parley/contracts';
import type { Bus } from '@parley/messaging';
import { Store } from '../store.js';
import type { Now } from '../clock.js';

const lifeMs: Readonly<Record<UserKind, number>> = { account: buckets.accountSessions.ttlMs, guest: 60_000 };

/** A guest's session is prolonged when it has less than this left, so that not each of his requests is a write. */
const PROLONG_BELOW_MS = 40_000;

export class Sessions {
  private readonly stores;

  constructor(
    bus: Bus,
    private readonly now: Now,
  ) {
    this.stores = {
      account: new Store(bus, buckets.accountSessions),
      guest: new Store(bus, buckets.guestSessions),
    };
  }

  /** Begins a session. Its key is new: it is the digest of a token that was just made. */
  async begin({ kind, digest }: SessionKey, name: string): Promise<Session> {
    const kept: KeptSession = { name, kind, expiresAt: this.now() + lifeMs[kind] };
    // A repeated request has the session already.
    await this.stores[kind].compareAndSet(digest, 0, kept);
    return shown(kept);
  }

  /** The session, prolonged if it is a guest's; null when it is over or never was. */
  async use({ kind, digest }: SessionKey): Promise<Session | null> {
    const store = this.stores[kind];
    const { value: kept, revision } = await store.get(digest);
    const now = this.now();
    if (kept === null || kept.expiresAt <= now) return null;
    if (kind === 'account' || kept.expiresAt - now > PROLONG_BELOW_MS) return shown(kept);
    const prolonged = { ...kept, expiresAt: now + lifeMs[kind] };
    // Overtaken: it was prolonged by another request, or it is no more.
    return (await store.compareAndSet(digest, revision, prolonged)) ? shown(prolonged) : this.use({ kind, digest });
  }

  /**
   * Makes sure that a guest's session, if it is over, stays so: whoever wants its name must know that. Whether it is over.
   */
  async isOver(digest: string): Promise<boolean> {
    const { value: kept, revision } = await this.stores.guest.get(digest);
    if (kept === null) return true;
    // Another replica's clock may be behind, and it would prolong what is over here: who changes it first has it.
    return kept.expiresAt <= this.now() && this.stores.guest.compareAndRemove(digest, revision);
  }

  /** A guest's session is over at a time, if it would last longer and nobody uses it until then. */
  async shorten(digest: string, until: number): Promise<void> {
    const { value: kept, revision } = await this.stores.guest.get(digest);
    // Overtaken: it is used, or it is no more.
    if (kept !== null && kept.expiresAt > until)
      await this.stores.guest.compareAndSet(digest, revision, { ...kept, expiresAt: until });
  }

  async end({ kind, digest }: SessionKey): Promise<void> {
    for (;;) {
      const { value, revision } = await this.stores[kind].get(digest);
      if (value === null || (await this.stores[kind].compareAndRemove(digest, revision))) return;
    }
  }
}

const shown = ({ name, kind, expiresAt }: KeptSession): Session => ({
  user: { name, kind },
  expiresAt: new Date(expiresAt).toISOString(),
});
