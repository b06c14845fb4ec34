// Which accounts are connected, on record. Presence itself is stored nowhere; but who was connected when everything died has to
// be found gone by whoever is started next. A guest needs no mark: a session that nobody uses ends by itself.
import { createHash } from 'node:crypto';
import { buckets } from '@parley/contracts';
import { followBucket, type Bus } from '@parley/messaging';
import type { Now } from '../clock.js';
import { keyOf } from '../names/skeleton.js';
import { Store } from '../store.js';

export class ConnectedAccounts {
  private readonly store;
  /** Revisions of the marks, by key. */
  private readonly marks = new Map<string, number>();
  private reader: { stop(): void } | undefined;

  constructor(
    private readonly bus: Bus,
    private readonly now: Now,
  ) {
    this.store = new Store(bus, buckets.connected);
  }

  /** Tells of each mark, those that are there and those that come. */
  follow(marked: (name: string) => void): void {
    this.reader = followBucket(this.bus, buckets.connected, {
      lost: () => this.marks.clear(),
      changed: (key, value, revision) => {
        if (value === null) {
          this.marks.delete(key);
          return;
        }
        this.marks.set(key, revision);
        marked(value.name);
      },
    });
  }

  stop(): void {
    this.reader?.stop();
  }

  /**
   * Before an account is let in. Each connection changes the mark, so that nobody takes it away who has not heard of that.
   *
   * @throws Refusal `broker-unreachable`, `outcome-unknown`
   */
  async mark(name: string): Promise<void> {
    const key = markOf(name);
    for (;;) {
      const { revision } = await this.store.get(key);
      if (await this.store.compareAndSet(key, revision, { name, at: this.now() })) return;
    }
  }

  /** What is known of an account's mark, for `unmark`. */
  known(name: string): number | undefined {
    return this.marks.get(markOf(name));
  }

  /**
   * The account is gone, if it has not come back since the mark was this one.
   *
   * @throws Refusal `broker-unreachable`, `outcome-unknown`
   */
  async unmark(name: string, mark: number): Promise<void> {
    await this.store.compareAndRemove(markOf(name), mark);
  }
}

/** No text of a user's stands in a key. */
const markOf = (name: string): string => createHash('sha256').update(keyOf(name)).digest('hex');
