// What several participants know, as one answer, for when the coordinator is away. Any decision that somebody knows
// wins: decisions never differ. Pure.
import {
  newestFirst,
  transactionId,
  type KnownTransaction,
  type PagePosition,
  type TransactionQuery,
} from '@parley/contracts';
import { isOverdue } from './doubt.js';

/** The same transaction as two nodes know it. */
export const mergeKnown = (a: KnownTransaction | null, b: KnownTransaction | null): KnownTransaction | null =>
  a?.decision || !b ? a : b.decision || !a ? b : a;

/** The state that a transaction has as far as is known here: a decision known to nobody is still being made. */
export const stateOf = ({ decision }: KnownTransaction): 'deciding' | 'committed' | 'aborted' =>
  decision?.outcome ?? 'deciding';

export const positionOf = ({ begin }: KnownTransaction): PagePosition => ({
  createdAt: begin.createdAt,
  book: begin.book,
  number: begin.number,
});

/**
 * One page from the pages of several nodes, newest first. A node's page may end early because no more fitted into its
 * message, and what comes after its end is unknown: so the merged page ends where the first of them ends. It is empty
 * only when all of them are. What a coordinator keeps ends no page if it is told to its end.
 */
export function mergePages(
  pages: readonly (readonly KnownTransaction[])[],
  limit: number,
  coordinator: { readonly items: readonly KnownTransaction[]; readonly end: boolean } = { items: [], end: true },
): KnownTransaction[] {
  const merged = new Map<string, KnownTransaction>();
  for (const known of [...coordinator.items, ...pages.flat()]) {
    const id = transactionId(known.begin);
    merged.set(id, mergeKnown(merged.get(id) ?? null, known) ?? known);
  }
  const ending = coordinator.end ? pages : [...pages, coordinator.items];
  const ends = ending.flatMap((page) => page.slice(-1)).map(positionOf);
  const horizon = ends.sort(newestFirst)[0];
  return [...merged.values()]
    .filter((known) => horizon === undefined || newestFirst(positionOf(known), horizon) <= 0)
    .sort((a, b) => newestFirst(positionOf(a), positionOf(b)))
    .slice(0, limit);
}

/** Which transactions a list asks for. The state is compared after merging: one node may know a decision, another not. */
export function asksFor(known: KnownTransaction, state: TransactionQuery['state'], now: number): boolean {
  if (state === 'in-doubt') return stateOf(known) === 'deciding' && isOverdue(known, now);
  return state === undefined || stateOf(known) === state;
}
