// How strings become transactions: each gets the next number of its book, and what is frozen with it. A book's first
// transaction fixes the book's protocol and who votes in it; what asks for something else is refused before it begins, so
// nothing of it is kept.
import type { Begin, Member, Timeouts } from '@parley/contracts';
import type {
  BookTerms,
  CoordinatedTransaction,
  CoordinatorState,
  CoordinatorStep,
  Proposed,
  StandardTimeouts,
} from './coordinator-state.js';
import type { BeginVerdict, Effect } from './effects.js';
import { chooseList } from './membership.js';
import { placeKey } from './place.js';

export function begin(
  state: CoordinatorState,
  input: {
    readonly reply: number;
    readonly proposals: readonly Proposed[];
    readonly standard: StandardTimeouts;
  },
): CoordinatorStep {
  const { reply, proposals, standard } = input;
  const chosen = chooseList(state.membership, state.minParticipants);
  if ('missing' in chosen) {
    const refused: BeginVerdict = { refused: 'participants-missing', detail: chosen.missing };
    return { state, effects: [{ type: 'confirm-begin', to: reply, results: proposals.map(() => refused) }] };
  }
  const { list } = chosen;
  const numbers = new Map(state.numbers);
  const books = new Map(state.books);
  const open = new Map(state.open);
  const results = proposals.map((proposed): BeginVerdict => {
    const refused = refusal(books.get(proposed.book), proposed);
    if (refused) return refused;
    const begun = numbered(proposed, books, numbers, standard);
    open.set(placeKey(begun), beginning(begun, list));
    return { begun, list };
  });
  const records = results.flatMap((result): Effect[] =>
    'begun' in result
      ? [{ type: 'append', record: { kind: 'begun', list, epoch: state.epoch, begin: result.begun }, lazy: false }]
      : [],
  );
  return {
    state: { ...state, numbers, books, open },
    effects: [...records, { type: 'confirm-begin', to: reply, results }],
  };
}

function refusal(terms: BookTerms | undefined, proposed: Proposed): BeginVerdict | undefined {
  if (terms === undefined) return undefined;
  const { book, protocol, votes } = proposed;
  if (terms.diverged) return { refused: 'book-diverged', detail: `the ledgers of ${book} disagree` };
  if (protocol !== undefined && protocol !== terms.protocol)
    return { refused: 'book-protocol', detail: `${book} has protocol ${terms.protocol}, not ${protocol}` };
  if (votes !== undefined && votes !== terms.votes)
    return { refused: 'book-votes', detail: `the votes of ${book} are ${terms.votes}, not ${votes}` };
  return undefined;
}

function numbered(
  proposed: Proposed,
  books: Map<string, BookTerms>,
  numbers: Map<string, number>,
  standard: StandardTimeouts,
): Begin {
  const { book } = proposed;
  const terms = books.get(book) ?? {
    protocol: proposed.protocol ?? 'e3pc',
    votes: proposed.votes ?? 'automatic',
    diverged: false,
  };
  books.set(book, terms);
  const number = (numbers.get(book) ?? 0) + 1;
  numbers.set(book, number);
  const { protocol, votes } = terms;
  return { ...proposed, number, protocol, votes, timeouts: completed(proposed.timeouts, standard[votes]) };
}

const completed = (asked: Proposed['timeouts'], standard: Timeouts): Timeouts => ({
  voteRequestMs: asked.voteRequestMs ?? standard.voteRequestMs,
  voteMs: asked.voteMs ?? standard.voteMs,
  acknowledgementMs: asked.acknowledgementMs ?? standard.acknowledgementMs,
  decisionMs: asked.decisionMs ?? standard.decisionMs,
});

const beginning = ({ book, number, digest, protocol }: Begin, list: readonly Member[]): CoordinatedTransaction => ({
  book,
  number,
  digest,
  list,
  protocol,
  phase: 'beginning',
  votes: {},
  acknowledgements: [],
});
