// The ends of an exploration: states in which nothing can happen any more. Every message that was ever sent has been
// delivered there to whom it may do anything. What was decided must then have been taken up by everybody listed, and where
// lines are fetched, written by all participants.
import type { Place } from '@parley/contracts';
import type { Catalogue } from './catalogue.js';
import { idOf, type FactTable } from './facts.js';
import type { Setup } from './setup.js';
import { entry, type State } from './state.js';

/** What is decided in an end and will never be taken up, in words; undefined when nothing is. */
export function whoWaits(
  { nodes, messages }: State,
  setup: Setup,
  names: readonly string[],
  facts: FactTable,
  catalogue: Catalogue,
): string | undefined {
  // Who has lost its journal, or never hears of decisions, need not know any.
  if (setup.losses > 0 || setup.unheard) return undefined;
  let told = 0;
  for (let index = 0; index < messages.length; index += 1) told |= catalogue.message(messages.charCodeAt(index)).facts;
  const decided = facts.decidedIn(told);
  for (const place of decided) {
    const waiting = whoMustHave(place, decided, setup, names).filter((name) => {
      const { facts: held } = catalogue.node(entry(nodes, names.indexOf(name)));
      const has = setup.fetching ? facts.writtenIn(held) : facts.decidedIn(held);
      return !has.some((it) => idOf(it) === idOf(place));
    });
    if (waiting.length > 0)
      return `${idOf(place)} is decided, and nothing will ever make ${waiting.join(' and ')} take it up`;
  }
  return undefined;
}

/** Where lines are fetched all participants write them, listed or not, once all lower numbers are decided. */
function whoMustHave(
  { book, number }: Place,
  decided: readonly Place[],
  { fetching, lists }: Setup,
  names: readonly string[],
): readonly string[] {
  if (!fetching) return lists[number - 1] ?? [];
  const lower = new Set(decided.filter((it) => it.book === book && it.number < number).map(idOf));
  return lower.size < number - 1 ? [] : names.slice(1);
}
