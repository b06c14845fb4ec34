// Which names of guests are kept, whoever comes and goes while two replicas forget names at once, each by what it has heard. The store is
// a list with its one rule: a name is removed by whoever knows its revision.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { beyond } from './guest-names.js';
import type { GuestName } from './known-names.js';

const seed = 1983;
const BOUND = 4;
const PLACES = 30;

interface Kept extends GuestName {
  readonly kind: 'guest' | 'account';
}

class Store {
  readonly here = new Set<string>();
  private readonly kept = new Map<string, Kept>();
  private revision = 0;

  /** A name that nobody has who is here gets an owner. */
  take(place: string, kind: Kept['kind']): void {
    const taken = this.kept.get(place);
    if (taken?.kind === 'account' || (taken && this.here.has(taken.session))) return;
    this.revision += 1;
    const session = `session ${String(this.revision)}`;
    this.kept.set(place, { place, revision: this.revision, session, kind });
    if (kind === 'guest') this.here.add(session);
  }

  goes(place: string): void {
    this.here.delete(this.kept.get(place)?.session ?? '');
  }

  remove({ place, revision }: GuestName): void {
    if (this.kept.get(place)?.revision === revision) this.kept.delete(place);
  }

  get guests(): Kept[] {
    return this.of('guest').sort((a, b) => a.revision - b.revision);
  }

  of(kind: Kept['kind']): Kept[] {
    return [...this.kept.values()].filter((each) => each.kind === kind);
  }
}

/** A replica, between two looks at the store. */
class Replica {
  private heard: readonly GuestName[] = [];
  private candidates: ReturnType<typeof beyond> | undefined;
  private isGone = false;

  constructor(private readonly store: Store) {}

  hears(): void {
    this.heard = this.store.guests;
  }

  /** Takes one step; one round has as many as it needs. Whether the round goes on. */
  step(): boolean {
    this.candidates ??= beyond(this.heard, BOUND);
    const { value: guest, done } = this.candidates.next(this.isGone);
    if (done) this.candidates = undefined;
    if (guest === undefined) return false;
    this.isGone = !this.store.here.has(guest.session);
    if (this.isGone) this.store.remove(guest);
    return true;
  }

  round(): void {
    while (this.step());
    this.hears();
    while (this.step());
  }
}

const place = fc.nat({ max: PLACES - 1 }).map(String);
const happening = fc.oneof(
  { weight: 4, arbitrary: place.map((at) => ({ type: 'visits', at }) as const) },
  { weight: 5, arbitrary: place.map((at) => ({ type: 'goes', at }) as const) },
  { weight: 1, arbitrary: place.map((at) => ({ type: 'signs up', at }) as const) },
  { weight: 2, arbitrary: fc.nat({ max: 1 }).map((of) => ({ type: 'hears', of }) as const) },
  { weight: 6, arbitrary: fc.nat({ max: 1 }).map((of) => ({ type: 'steps', of }) as const) },
);

describe('the names of guests', () => {
  it('are kept of all who are here, and of who has gone the last, up to the bound', () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 150, size: 'max' }), (story) => {
        const store = new Store();
        const replicas = [new Replica(store), new Replica(store)];
        for (const each of story) {
          const [accounts, here] = [
            store.of('account').length,
            store.guests.filter((of) => store.here.has(of.session)),
          ];
          if (each.type === 'hears') replicas[each.of]!.hears();
          else if (each.type === 'steps') replicas[each.of]!.step();
          else if (each.type === 'visits') store.take(each.at, 'guest');
          else if (each.type === 'signs up') store.take(each.at, 'account');
          else store.goes(each.at);
          // Whatever a replica has not heard yet, it takes nothing from an account nor from who is here.
          expect(store.of('account').length).toBeGreaterThanOrEqual(accounts);
          if (each.type === 'steps') expect(store.guests).toEqual(expect.arrayContaining(here));
        }
        const before = store.guests;
        replicas[0]!.round();
        const gone = before.filter((guest) => !store.here.has(guest.session));
        const excess = Math.max(0, before.length - BOUND);
        // Forgotten are those who have gone, the first, and no more than need be.
        expect(before.filter((guest) => !store.guests.includes(guest))).toEqual(gone.slice(0, excess));
      }),
      { seed, numRuns: 100 },
    );
  });

  it('are forgotten one by one, and who is here is passed over', () => {
    const guests = ['a', 'b', 'c', 'd', 'e'].map((name, revision) => ({ place: name, revision, session: name }));
    const candidates = beyond(guests, 3);
    expect(candidates.next().value).toBe(guests[0]);
    expect(candidates.next(false).value).toBe(guests[1]);
    expect(candidates.next(true).value).toBe(guests[2]);
    expect(candidates.next(true).done).toBe(true);
    expect(beyond(guests, 5).next().done).toBe(true);
  });
});
