// Which of the fetched lines to take. Who lacks lines asks everybody, and takes no line on the word of the node alone that
// tells it: a node whose disk or memory is broken may hold what was never decided.
//
// A line is confirmed, and taken, when
//   1. the coordinator tells it: that is its own record; or
//   2. a majority of the transaction's list tell the same; or
//   3. it stands in a chain that ends in a digest of the coordinator's. h(m) commits to line m and to h(m-1), because nobody
//      finds two inputs of one SHA-256. So from the coordinator's h(m) every line below m is confirmed, one after the other
//      downwards, as far as one node or several tell the lines with the digests between them.
// The third is what a participant lives on that is alone with the coordinator: with one of three away and another one new,
// the third has the lines and nobody else. What is not confirmed is not kept: it is asked for again, of all.
//
// Where a confirmed line is told otherwise by somebody, or the coordinator's h is not what a teller's lines lead to, the
// teller is named: its ledger has diverged from what was decided.
import type { DecidedTransaction, LedgerMark } from '@parley/contracts';
import { BEFORE_FIRST, type NextDigest } from './chains.js';
import { placeKey } from './place.js';
import type { E3pcRules } from './rules.js';

/** A node's answer, as it was told. */
interface Told {
  readonly from: string;
  readonly decided: readonly DecidedTransaction[];
  /** h of lines: at a participant, of those right before what it tells; at the coordinator, of those asked for. */
  readonly marks?: readonly LedgerMark[] | undefined;
}

/** A line of an answer. `link` is there when the teller's h(n) is what its h(n-1) and its line give. */
interface ToldLine {
  readonly transaction: DecidedTransaction;
  readonly link: { readonly before: string; readonly after: string } | null;
}

/** An answer whose digests were computed again. */
export interface FetchedFrom {
  readonly from: string;
  readonly lines: readonly ToldLine[];
  readonly marks: readonly LedgerMark[];
}

/** What is taken, and who tells something else than was decided, or than others tell where nothing is confirmed. */
export interface Judged {
  readonly confirmed: readonly DecidedTransaction[];
  readonly diverged: readonly { readonly book: string; readonly number: number; readonly nodes: readonly string[] }[];
}

/** Computes a teller's digests again. Hashing is all that is done here; what follows from it is judged by `judge`. */
export function linked({ from, decided, marks = [] }: Told, nextDigest: NextDigest): FetchedFrom {
  const digests = new Map(marks.map(({ book, lines, digest }) => [placeKey({ book, number: lines }), digest]));
  for (const { chained, ...place } of decided) if (chained !== undefined) digests.set(placeKey(place), chained);
  const lines = decided.map((transaction): ToldLine => {
    const { book, number, chained } = transaction;
    const before = number === 1 ? BEFORE_FIRST : digests.get(placeKey({ book, number: number - 1 }));
    if (before === undefined || chained === undefined) return { transaction, link: null };
    const isLinked = nextDigest(before, number, lineOf(transaction)) === chained;
    return { transaction, link: isLinked ? { before, after: chained } : null };
  });
  return { from, lines, marks };
}

export function judge(
  replies: readonly FetchedFrom[],
  coordinator: string,
  { isConfirmedByTellers }: Pick<E3pcRules, 'isConfirmedByTellers'>,
): Judged {
  const confirmed: DecidedTransaction[] = [];
  const diverged: { book: string; number: number; nodes: string[] }[] = [];
  const anchors = new Map(
    replies
      .filter(({ from }) => from === coordinator)
      .flatMap(({ marks }) => marks.map(({ book, lines, digest }) => [placeKey({ book, number: lines }), digest])),
  );
  // From the greatest number down: what is confirmed confirms the digest before it.
  for (const tellers of byNumber(replies)) {
    const [{ transaction: place }] = tellers;
    const { book, number } = place;
    const anchor = anchors.get(placeKey(place));
    const chain = tellers.find(({ link }) => link !== null && link.after === anchor);
    if (chain?.link) anchors.set(placeKey({ book, number: number - 1 }), chain.link.before);
    const version =
      tellers.find(({ from }) => from === coordinator) ?? chain ?? toldByMost(tellers, isConfirmedByTellers);
    if (version) confirmed.push(bestOf(tellers.filter((it) => isSameLine(it, version))));
    const wrong = tellers.filter((it) =>
      version
        ? !isSameLine(it, version) || (anchor !== undefined && it.link !== null && it.link.after !== anchor)
        : tellers.some((other) => !isSameLine(it, other)) || (anchor !== undefined && it.link !== null),
    );
    if (wrong.length > 0) diverged.push({ book, number, nodes: wrong.map(({ from }) => from) });
  }
  return { confirmed, diverged };
}

type Teller = ToldLine & { readonly from: string };

/** Who tells each number, the greatest number of a book first. */
function byNumber(replies: readonly FetchedFrom[]): [Teller, ...Teller[]][] {
  const told = new Map<string, [Teller, ...Teller[]]>();
  for (const { from, lines } of replies)
    for (const line of lines.filter(({ transaction }) => hasItsLine(transaction))) {
      const key = placeKey(line.transaction);
      const tellers = told.get(key);
      if (tellers === undefined) told.set(key, [{ ...line, from }]);
      else if (!tellers.some((teller) => teller.from === from)) tellers.push({ ...line, from });
    }
  return [...told.values()].sort(([{ transaction: a }], [{ transaction: b }]) => b.number - a.number);
}

/** A line that enough tell for its list; none where two are told by enough. */
function toldByMost(
  tellers: readonly Teller[],
  isConfirmedByTellers: E3pcRules['isConfirmedByTellers'],
): Teller | undefined {
  const told = tellers.filter((it) => {
    const alike = tellers.filter((other) => isSameLine(it, other));
    const size = Math.max(...alike.map(({ transaction }) => transaction.list.length));
    return isConfirmedByTellers(alike.length, size);
  });
  const [first] = told;
  return first && told.every((it) => isSameLine(it, first)) ? first : undefined;
}

/** An abort may be told by some who know what it was about, and by some who do not. */
const bestOf = (tellers: readonly Teller[]): DecidedTransaction => {
  const known = tellers.find(({ transaction }) => transaction.begin !== null) ?? tellers[0];
  if (known === undefined) throw new Error('a confirmed line was told by nobody');
  return known.transaction;
};

/** Who was never told the string of a commit cannot tell the line. */
const hasItsLine = ({ begin, decision }: DecidedTransaction): boolean =>
  begin !== null || decision.outcome === 'aborted';

const lineOf = ({ begin, decision }: DecidedTransaction): string =>
  decision.outcome === 'aborted' ? '' : (begin?.value ?? '');

const isSameLine = ({ transaction: a }: Teller, { transaction: b }: Teller): boolean =>
  a.decision.outcome === b.decision.outcome && lineOf(a) === lineOf(b);
