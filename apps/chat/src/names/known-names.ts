// Every name that the store knows, of accounts and of guests, whether they are here or not.
import { buckets, type UserKind } from '@parley/contracts';
import { followBucket, type Bus } from '@parley/messaging';
import { keyOf } from './skeleton.js';

export interface KnownName {
  readonly name: string;
  readonly kind: UserKind;
}

export class KnownNames {
  private readonly names = new Map<string, KnownName>();
  private sorted: readonly KnownName[] | undefined;
  private reader: { stop(): void } | undefined;

  constructor(private readonly bus: Bus) {}

  start(): void {
    this.reader = followBucket(this.bus, buckets.names, {
      lost: () => {
        this.names.clear();
        this.sorted = undefined;
      },
      changed: (place, value) => {
        if (value === null) this.names.delete(place);
        else this.names.set(place, { name: value.name, kind: value.owner.kind });
        this.sorted = undefined;
      },
    });
  }

  stop(): void {
    this.reader?.stop();
  }

  /** In the order of their keys. */
  all(): readonly KnownName[] {
    return (this.sorted ??= [...this.names.values()].sort((a, b) => byName(a.name, b.name)));
  }
}

/** Orders names without regard to case. */
export function byName(a: string, b: string): number {
  const [one, other] = [keyOf(a), keyOf(b)];
  return one === other ? 0 : one < other ? -1 : 1;
}
