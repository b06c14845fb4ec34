// Tickets for WebSockets: good once, for a minute, at any gateway. A browser cannot put a header on a WebSocket, and a token in an
// address would stand in logs.
import { buckets, type Session, type SessionKey } from '@parley/contracts';
import type { Bus } from '@parley/messaging';
import type { Now } from '../clock.js';
import { Store } from '../store.js';
import type { ConnectedAccounts } from '../presence/connected-accounts.js';
import type { Sessions } from './sessions.js';

export interface Redeemed {
  readonly key: SessionKey;
  readonly session: Session;
}

export class Tickets {
  private readonly store;

  constructor(
    bus: Bus,
    private readonly sessions: Sessions,
    private readonly connected: Pick<ConnectedAccounts, 'mark'>,
    private readonly now: Now,
  ) {
    this.store = new Store(bus, buckets.tickets);
  }

  /** The digest is new: it is that of a ticket that was just made, or this is a repeated request. */
  async issue(digest: string, session: SessionKey): Promise<{ expiresAt: string }> {
    await this.store.compareAndSet(digest, 0, session);
    return { expiresAt: new Date(this.now() + buckets.tickets.ttlMs).toISOString() };
  }

  /** Whose ticket it is; null when it is nobody's, or was shown before, or its session is over. */
  async redeem(digest: string): Promise<Redeemed | null> {
    const { value: key, revision } = await this.store.get(digest);
    // Of two that show it at once, one takes it out.
    if (key === null || !(await this.store.compareAndRemove(digest, revision))) return null;
    const session = await this.sessions.use(key);
    // On record before they are let in, so that it is there whatever dies while they are.
    if (session?.user.kind === 'account') await this.connected.mark(session.user.name);
    return session && { key, session };
  }
}
