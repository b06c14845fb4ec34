// Which of the fetched transactions to believe. Who fetches asks everybody, so that nobody is believed against another: a
// node whose disk or memory is broken may hold what was never decided.
//
// What the coordinator tells is its own record. Otherwise what most of those tell who have the line; where two are as many,
// nothing, and it is asked for again. What a single node has is taken, because it may be the only one that is up, and is
// found out later if it is wrong: by the chained digests that all participants compare.
import type { DecidedTransaction } from '@parley/contracts';
import { placeKey } from './place.js';

export interface FetchedFrom {
  readonly from: string;
  readonly decided: readonly DecidedTransaction[];
}

/** What is believed, and what is told differently by some, with who tells what is not believed. */
export interface Believed {
  readonly transactions: readonly DecidedTransaction[];
  readonly disputed: readonly { readonly place: string; readonly against: readonly string[] }[];
}

export function believe(replies: readonly FetchedFrom[], coordinator: string): Believed {
  const told = new Map<string, Map<string, { from: string; transaction: DecidedTransaction }[]>>();
  for (const { from, decided } of replies) {
    for (const transaction of decided) {
      const versions =
        told.get(placeKey(transaction)) ?? new Map<string, { from: string; transaction: DecidedTransaction }[]>();
      told.set(placeKey(transaction), versions);
      const version = versionOf(transaction);
      versions.set(version, [...(versions.get(version) ?? []), { from, transaction }]);
    }
  }
  const transactions: DecidedTransaction[] = [];
  const disputed: { place: string; against: string[] }[] = [];
  for (const [place, versions] of told) {
    const byWeight = [...versions.values()].sort((a, b) => weight(b, coordinator) - weight(a, coordinator));
    const [first = [], second = []] = byWeight;
    const isClear = weight(first, coordinator) > weight(second, coordinator);
    const teller = first.find(({ transaction }) => transaction.begin !== null) ?? first[0];
    if (isClear && teller) transactions.push(teller.transaction);
    if (versions.size > 1)
      disputed.push({ place, against: (isClear ? byWeight.slice(1) : byWeight).flat().map(({ from }) => from) });
  }
  return { transactions, disputed };
}

/** The line: an aborted one is empty, whatever else is known of it. */
const versionOf = ({ begin, decision }: DecidedTransaction): string =>
  decision.outcome === 'aborted' ? 'aborted' : `committed ${begin?.value ?? ''}`;

const weight = (tellers: readonly { readonly from: string }[], coordinator: string): number =>
  tellers.some(({ from }) => from === coordinator) ? Number.POSITIVE_INFINITY : tellers.length;
