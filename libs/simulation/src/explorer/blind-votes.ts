// A yes to a number is said only by who knows all lower ones: otherwise a line could be lost with the one node that has it.
import type { ParticipantState } from '@parley/commit';
import type { Place } from '@parley/contracts';
import { idOf, type Fact } from './facts.js';

/** The lower numbers that are neither written nor known to be open. */
export function blindYes({ self, books }: ParticipantState, { book, number }: Place): Fact[] {
  const { written = 0, open } = books.get(book) ?? {};
  const lower = Array.from({ length: number - 1 }, (_, index) => index + 1);
  return lower
    .filter((it) => it > written && !open?.has(it))
    .map((it) => {
      const detail = `${self.name} knew nothing of ${idOf({ book, number: it })}`;
      return { place: { book, number }, what: 'blind yes', detail };
    });
}
