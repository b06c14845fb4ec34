// What must agree, everywhere and for ever. Nodes hold facts (a decision, a line, a yes on record), and messages carry them
// (a decision told, a value begun). Messages are never forgotten in an exploration, so what was once told to anybody still
// counts when its teller has crashed and lost it. A state is judged by the union of all facts in it, one bit each.
import type { Place } from '@parley/contracts';
import type { Message } from './message.js';

export interface Fact {
  readonly place: Place;
  readonly what: 'committed' | 'aborted' | 'line' | 'value' | 'yes' | 'blind yes';
  /** The line's text, the value's digest, or whose yes is on record; of a blind yes, who knew nothing of which number. */
  readonly detail: string;
}

export interface Violation {
  readonly invariant:
    | 'agreement'
    | 'validity'
    | 'equal lines'
    | 'numbers are given once'
    | 'complete'
    | 'no node stops'
    | 'decisions are taken up';
  readonly detail: string;
}

const BITS = 31;

export class FactTable {
  private readonly facts: Fact[] = [];
  private readonly bits = new Map<string, number>();

  maskOf(facts: readonly Fact[]): number {
    return facts.reduce((mask, fact) => mask | this.bitOf(fact), 0);
  }

  has(mask: number, what: Fact['what']): boolean {
    return this.facts.some((fact, index) => fact.what === what && (mask & (1 << index)) !== 0);
  }

  /** What is wrong in a state with all these facts, whose predecessor had those of `before`. */
  judge(mask: number, before: number, listOf: (place: Place) => readonly string[]): Violation | undefined {
    if (mask === before) return undefined;
    const held = this.facts.filter((_, index) => (mask & (1 << index)) !== 0);
    for (const [index, fact] of held.entries()) {
      const other = held.find((it, at) => at > index && samePlace(it, fact) && contradicts(it, fact));
      if (other) return { invariant: invariantOf(fact, other), detail: `${told(fact)}, and ${told(other)}` };
    }
    const blind = held.find(({ what }) => what === 'blind yes');
    if (blind) return { invariant: 'complete', detail: told(blind) };
    return this.judgeCommits(held, before, listOf);
  }

  /** A commit needs the yes of everybody listed, on record at the moment of the commit. */
  private judgeCommits(
    held: readonly Fact[],
    before: number,
    listOf: (place: Place) => readonly string[],
  ): Violation | undefined {
    const fresh = held.filter((it) => it.what === 'committed' && (before & this.bitOf(it)) === 0);
    for (const { place } of fresh) {
      const yes = held.filter((it) => it.what === 'yes' && samePlace(it, { place }));
      const silent = listOf(place).filter((name) => !yes.some(({ detail }) => detail === name));
      if (silent.length > 0)
        return {
          invariant: 'validity',
          detail: `${idOf(place)} is committed, and no yes of ${silent.join(' and ')} is on record`,
        };
    }
    return undefined;
  }

  /** The places that are decided by these facts. */
  decidedIn(mask: number): readonly Place[] {
    return this.facts.flatMap(({ place, what }, index) =>
      (mask & (1 << index)) !== 0 && (what === 'committed' || what === 'aborted') ? [place] : [],
    );
  }

  /** The places whose lines are written by these facts. */
  writtenIn(mask: number): readonly Place[] {
    return this.facts.flatMap(({ place, what }, index) =>
      (mask & (1 << index)) !== 0 && what === 'line' ? [place] : [],
    );
  }

  private bitOf(fact: Fact): number {
    const key = `${idOf(fact.place)} ${fact.what} ${fact.detail}`;
    const known = this.bits.get(key);
    if (known !== undefined) return known;
    if (this.facts.length === BITS) throw new Error('an exploration with so many different facts needs wider masks');
    const bit = 1 << this.facts.length;
    this.facts.push(fact);
    this.bits.set(key, bit);
    return bit;
  }
}

/** What a message tells to whoever gets it. */
export function factsOf(message: Message): readonly Fact[] {
  switch (message.kind) {
    case 'vote-request':
      return message.request.transactions.map(({ book, number, digest }) => ({
        place: { book, number },
        what: 'value',
        detail: digest,
      }));
    case 'decision':
      return message.transactions.map(({ subject: { book, number }, decision }) => ({
        place: { book, number },
        what: decision.outcome,
        detail: '',
      }));
    case 'fetched':
      return message.transactions.map(({ book, number, decision }) => ({
        place: { book, number },
        what: decision.outcome,
        detail: '',
      }));
    default:
      return [];
  }
}

export const idOf = ({ book, number }: Place): string => `${book}-${String(number)}`;

const samePlace = (a: Pick<Fact, 'place'>, b: Pick<Fact, 'place'>): boolean => idOf(a.place) === idOf(b.place);

function contradicts(a: Fact, b: Fact): boolean {
  if (a.what === b.what) return (a.what === 'line' || a.what === 'value') && a.detail !== b.detail;
  return (a.what === 'committed' && b.what === 'aborted') || (a.what === 'aborted' && b.what === 'committed');
}

function invariantOf(a: Fact, b: Fact): Violation['invariant'] {
  if (a.what === 'value') return 'numbers are given once';
  return a.what === 'line' && b.what === 'line' ? 'equal lines' : 'agreement';
}

function told({ place, what, detail }: Fact): string {
  switch (what) {
    case 'committed':
    case 'aborted':
      return `${idOf(place)} is ${what}`;
    case 'line':
      return `line ${String(place.number)} of ${place.book} is "${detail}"`;
    case 'value':
      return `${idOf(place)} was begun for ${detail}`;
    case 'yes':
      return `the yes of ${detail} to ${idOf(place)} is on record`;
    case 'blind yes':
      return `there is a yes to ${idOf(place)}, and ${detail}`;
  }
}
