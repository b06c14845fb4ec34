// Who has started last under each name, as the broker's key-value store holds it: what a core asks for before it believes a
// heartbeat. A node also looks after its own entry: a broker that has lost its disk has lost that too, and without it nobody
// who starts afterwards would believe this node.
import { setTimeout as sleep } from 'node:timers/promises';
import type { StoredStart } from '@parley/commit';
import { buckets, type Member, type StartedNode } from '@parley/contracts';
import { BusError, KeyValue, type Bus } from '@parley/messaging';

const RETRY_MS = 500;

/** The part of a pino logger that is needed. */
interface Log {
  warn(fields: object, message: string): void;
}

export class StartedNodes {
  private opened: Promise<KeyValue<StartedNode>> | undefined;
  private readonly closed = new AbortController();
  private told = '';

  constructor(
    private readonly bus: Bus,
    private readonly log: Log,
  ) {}

  /** What the store holds under a name; `unknown` when it does not answer. Never rejects. */
  async under(name: string): Promise<StoredStart> {
    return this.asked(async (store) => (await store.get(name)).value as StoredStart, 'unknown');
  }

  /** Puts this node's entry back whenever the broker returns without it. */
  keep({ name, logId }: Member, nonce: string): void {
    this.bus.onConnection((connected) => {
      if (connected) void this.putBack(name, { logId, nonce });
    });
  }

  stop(): void {
    this.closed.abort();
  }

  private async putBack(name: string, own: StartedNode): Promise<void> {
    while (this.bus.connected && !this.closed.signal.aborted) {
      const isThere = await this.asked(async (store) => {
        const { value, revision } = await store.get(name);
        if (value !== null) return true;
        this.log.warn({ name }, 'the broker has lost that this node was started: it is put back');
        return (await store.compareAndSet(name, revision, own)) !== undefined;
      }, false);
      if (isThere) return;
      await sleep(RETRY_MS, undefined, { signal: this.closed.signal }).catch(() => undefined);
    }
  }

  private async asked<T>(ask: (store: KeyValue<StartedNode>) => Promise<T>, otherwise: T): Promise<T> {
    try {
      const answer = await ask(await (this.opened ??= KeyValue.open(this.bus, buckets.nodes)));
      this.told = '';
      return answer;
    } catch (error) {
      if (!(error instanceof BusError)) throw error;
      // The bucket may be gone with the broker that had it.
      this.opened = undefined;
      if (error.message !== this.told) this.log.warn({ reason: error.message }, 'starts cannot be looked up for now');
      this.told = error.message;
      return otherwise;
    }
  }
}
