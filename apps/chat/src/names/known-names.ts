// The names that the store knows: of all accounts, and of the guests whose names are kept (guest-names.ts), whether they are here
// or not.
import { buckets, type NameRecord, type UserKind } from '@parley/contracts';
import { followBucket, type Bus } from '@parley/messaging';
import { keyOf } from './skeleton.js';

export interface KnownName {
  readonly name: string;
  readonly kind: UserKind;
  /** The name without regard to case: what names are ordered by. */
  readonly key: string;
}

/** A guest's name, as the store has it. */
export interface GuestName {
  readonly place: string;
  readonly revision: number;
  readonly session: string;
}

export class KnownNames {
  private readonly names = new Map<string, KnownName>();
  /** By place; who took his name longest ago comes first, since the store tells of its changes in their order. */
  private readonly guestsByPlace = new Map<string, GuestName>();
  private sorted: readonly KnownName[] | undefined;
  private reader: { stop(): void } | undefined;

  constructor(private readonly bus: Bus) {}

  start(): void {
    this.reader = followBucket(this.bus, buckets.names, {
      lost: () => {
        this.names.clear();
        this.guestsByPlace.clear();
        this.sorted = undefined;
      },
      changed: (place, value, revision) => this.changed(place, value, revision),
    });
  }

  stop(): void {
    this.reader?.stop();
  }

  /** In the order of their keys. */
  all(): readonly KnownName[] {
    return (this.sorted ??= [...this.names.values()].sort((a, b) => (a.key < b.key ? -1 : 1)));
  }

  /** The names of guests, the one that was taken longest ago first. */
  guests(): readonly GuestName[] {
    return [...this.guestsByPlace.values()];
  }

  /** What stood there as of this revision does so no more. */
  drop(place: string, revision: number): void {
    if (this.guestsByPlace.get(place)?.revision === revision) this.remove(place);
  }

  private changed(place: string, value: NameRecord | null, revision: number): void {
    this.remove(place);
    if (value === null) return;
    const { name, owner } = value;
    this.names.set(place, { name, kind: owner.kind, key: keyOf(name) });
    if (owner.kind === 'guest') this.guestsByPlace.set(place, { place, revision, session: owner.session });
  }

  private remove(place: string): void {
    this.guestsByPlace.delete(place);
    this.names.delete(place);
    this.sorted = undefined;
  }
}
