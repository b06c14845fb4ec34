// Whose a name is. The store has one owner per skeleton (skeleton.ts), changed by compare-and-set: of many who want one name
// at once, through whichever replica, one gets it.
import { createHash } from 'node:crypto';
import { buckets, type NameRecord } from '@parley/contracts';
import { Refusal, type Bus } from '@parley/messaging';
import { Store } from '../store.js';
import { isReserved } from './reserved.js';
import { keyOf, skeletonOf } from './skeleton.js';

type Owner = NameRecord['owner'];

export interface NameRules {
  /** Longest name, in code points. */
  readonly maxLength: number;
}

export class Names {
  private readonly store;

  constructor(
    bus: Bus,
    private readonly rules: NameRules,
  ) {
    this.store = new Store(bus, buckets.names);
  }

  /** Who owns exactly this name, whatever its case, and how he spells it. */
  async ownerOf(name: string): Promise<NameRecord | undefined> {
    const { value } = await this.store.get(placeOf(name));
    return value !== null && keyOf(value.name) === keyOf(name) ? value : undefined;
  }

  /**
   * Gives a name an owner. A name whose owner `isGone` is free.
   *
   * @returns the name as it is shown
   * @throws Refusal `name-too-long`, `name-reserved`, `name-taken`
   */
  async claim(typed: string, owner: Owner, isGone: (owner: Owner) => Promise<boolean>): Promise<string> {
    const name = typed.normalize('NFC');
    this.refuseUnfit(name);
    const place = placeOf(name);
    for (;;) {
      const { value: taken, revision } = await this.store.get(place);
      // A repeated request has it already.
      if (taken !== null && isSame(taken.owner, owner)) return taken.name;
      if (taken !== null && !(await isGone(taken.owner))) throw takenBy(taken, name);
      if (await this.store.compareAndSet(place, revision, { name, owner })) return name;
    }
  }

  /**
   * Forgets whose a name was, unless it was taken again since this revision.
   *
   * @returns whether it is nobody's then
   */
  async forget(place: string, revision: number): Promise<boolean> {
    if (await this.store.compareAndRemove(place, revision)) return true;
    return (await this.store.get(place)).value === null;
  }

  private refuseUnfit(name: string): void {
    const { maxLength } = this.rules;
    const { length } = Array.from(name);
    if (length > maxLength) {
      const detail = `a name has at most ${String(maxLength)} characters; this one has ${String(length)}`;
      throw new Refusal('name-too-long', detail);
    }
    if (isReserved(name)) throw new Refusal('name-reserved', `${name} is, or looks like, a word of the system`);
  }
}

/** Where the owner of a name, and of all that look like it, is kept: no text of a user's stands in a key. */
const placeOf = (name: string): string => createHash('sha256').update(skeletonOf(name)).digest('hex');

const isSame = (a: Owner, b: Owner): boolean => a.kind === 'guest' && b.kind === 'guest' && a.session === b.session;

function takenBy({ name: taken }: NameRecord, name: string): Refusal {
  const why = keyOf(taken) === keyOf(name) ? `${taken} is taken` : `${name} looks like ${taken}, which is taken`;
  return new Refusal('name-taken', why);
}
