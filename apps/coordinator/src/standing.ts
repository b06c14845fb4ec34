// How the coordinator stands, as it is told to whoever asks. Pure.
import { ableMembers, decidedExtent, leastOfList, type CoordinatorState } from '@parley/commit';
import { guarantees, type Book } from '@parley/contracts';

/** Who is registered, who of them is to leave, who can be listed now, and how many must be for a transaction to begin. */
export interface Members {
  participants: string[];
  leaving: string[];
  able: string[];
  needed: number;
}

export function membersOf({ membership, minParticipants }: CoordinatorState): Members {
  const registered = [...membership.registered.values()];
  return {
    participants: registered.map(({ member }) => member.name),
    leaving: registered.flatMap(({ member, leaving }) => (leaving ? member.name : [])),
    able: ableMembers(membership).map(({ name }) => name),
    needed: leastOfList(membership, minParticipants),
  };
}

export const booksOf = ({ books, numbers }: CoordinatorState): Book[] =>
  [...books].map(([book, { protocol, votes, diverged }]) => ({
    book,
    protocol,
    guarantee: guarantees[protocol],
    votes,
    highest: numbers.get(book) ?? 0,
    diverged,
  }));

/** Up to which number all of each book is decided. */
export const decidedOf = (state: CoordinatorState): { book: string; lines: number }[] =>
  [...decidedExtent(state)].map(([book, lines]) => ({ book, lines }));

/** How many transactions ever began. */
export const begunIn = ({ numbers }: CoordinatorState): number =>
  [...numbers.values()].reduce((sum, number) => sum + number, 0);
