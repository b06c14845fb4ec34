// What a participant answers to who fetches lines: each with its chained digest, and the digest before them. A broken one
// tells something else than it has written, as a disk does that nobody notices.
import { BEFORE_FIRST, type FetchedFrom } from '@parley/commit';
import type { DecidedTransaction, LedgerMark, Place } from '@parley/contracts';
import { nextDigest } from './digests.js';
import { idOf } from './history.js';
import { COORDINATOR } from './plan.js';

export interface Teller {
  readonly node: string;
  readonly isBroken: 'text' | 'digests' | null;
}

export function linesToTell(
  decided: readonly DecidedTransaction[],
  linesOf: (book: string) => readonly string[],
  { node, isBroken }: Teller,
): { decided: DecidedTransaction[]; marks: LedgerMark[] } {
  const told = isBroken === null ? [...decided] : decided.map((it) => otherwise(it, node));
  const chains = new Map<string, readonly string[]>();
  for (const { book } of decided) if (!chains.has(book)) chains.set(book, chainOf(linesOf(book)));
  const marks: LedgerMark[] = [];
  const chained = told.map((it): DecidedTransaction => {
    const { book, number } = it;
    const after = chains.get(book)?.[number];
    if (after === undefined) return it;
    const before = marks.at(-1);
    const isNext = before?.book === book && before.lines === number - 1;
    const previous = isNext ? before.digest : (chains.get(book)?.[number - 1] ?? BEFORE_FIRST);
    if (!isNext) marks.push({ book, lines: number - 1, digest: previous });
    const digest = isBroken === 'digests' ? nextDigest(previous, number, lineOf(it)) : after;
    marks.push({ book, lines: number, digest });
    return { ...it, chained: digest };
  });
  return { decided: chained, marks };
}

/** h of every line, from h(0) on. */
const chainOf = (lines: readonly string[]): string[] => {
  const chain = [BEFORE_FIRST];
  for (const [index, line] of lines.entries()) chain.push(nextDigest(chain[index] ?? BEFORE_FIRST, index + 1, line));
  return chain;
};

const lineOf = ({ begin, decision }: DecidedTransaction): string =>
  decision.outcome === 'aborted' ? '' : (begin?.value ?? '');

const otherwise = (it: DecidedTransaction, node: string): DecidedTransaction => ({
  ...it,
  begin: it.begin && { ...it.begin, value: `${it.begin.value}, as the disk of ${node} has it` },
});

/** Lines that one participant tells, and nobody else. */
export function toldByOne(replies: readonly FetchedFrom[]): Place[] {
  const tellers = new Map<string, number>();
  const places = replies.flatMap(({ lines }) => lines.map(({ transaction }) => transaction));
  for (const place of places) tellers.set(idOf(place), (tellers.get(idOf(place)) ?? 0) + 1);
  const ofTheCoordinator = replies.filter(({ from }) => from === COORDINATOR).flatMap(({ lines }) => lines);
  const known = new Set(ofTheCoordinator.map(({ transaction }) => idOf(transaction)));
  return places.filter((place) => tellers.get(idOf(place)) === 1 && !known.has(idOf(place)));
}
