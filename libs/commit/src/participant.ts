// A participant of e3pc (Keidar and Dolev 1998, "Increasing the Resilience of Distributed and Replicated Database
// Systems", figures 4 and 5), for any number of books and transactions at once.
//
//   input              from          what it may change (forced before anything is sent)
//   vote-requested     coordinator   waiting, or aborted alone
//   states-asked       recoverer     lastElected, or aborted alone
//   proposed           any ballot    pre-commit or pre-abort, lastAttempt
//   decided, fetched   anybody       the decision, and the lines that are due
//   person-voted       a person      waiting, or aborted alone; see participant-people.ts
//   deadline           the clock     aborted alone (initial), or a recovery ballot of its own
//   replied, ask-ended own ballots   see recoverer.ts
//   alive-heard        anybody       nothing, until it is confirmed: see heartbeats.ts and silenced.ts
//
// `step` is pure: no clock, no I/O, no chance. `at` is the moment, in ms since the epoch, for the evidence of decisions
// made in this step. The state carries it with the decision until the line is written, and nothing looks at it: two runs
// whose `at` differ differ in nothing else. Input that is late, double or not for this participant is answered or
// ignored, never an error; only a contradiction with the own journal stops the node.
import type { Ballot, Begin, Member, Place, ProtocolReply, VoteRequest } from '@parley/contracts';
import type { Book } from './book.js';
import { draftOf, emptyBook, applyRecord, bookOf, highestGiven, writtenBook } from './book.js';
import { byTerms, type Announced, type Effect } from './effects.js';
import { noHeartbeats, type Heartbeats, type HeardAlive, type StartConfirmed } from './heartbeats.js';
import type { FetchedFrom } from './fetched-lines.js';
import { applyIdentity, noIdentity, type Identity } from './identity.js';
import { decidedElsewhere, fetched } from './participant-decisions.js';
import { statesAsked, proposed, voteRequested } from './participant-requests.js';
import { personAcknowledged, personVoted } from './participant-people.js';
import { ParticipantTurn } from './participant-turn.js';
import type { ParticipantRecord, Terms } from './records.js';
import { endAsk, hearReply, startBallots, type Recoverer, type RecovererStep } from './recoverer.js';
import { participantHears, stepSilenced } from './silenced.js';
import { e3pcRules, type E3pcRules, type Proposal } from './rules.js';

export interface ParticipantState {
  readonly self: Member;
  readonly identity: Identity;
  readonly heartbeats: Heartbeats;
  /** How this replica votes; `abort` for tests and demonstrations. */
  readonly vote: 'commit' | 'abort';
  readonly books: ReadonlyMap<string, Book>;
  readonly recoverer: Recoverer;
}

interface Request extends Terms {
  /** Where the reply goes; the shell knows. */
  readonly reply: number;
}
interface PlacedDigest extends Place {
  readonly digest: string | null;
}

export type ParticipantInput =
  | { readonly type: 'restarted' }
  | (Request & {
      readonly type: 'vote-requested';
      readonly epoch: number;
      readonly deadline: number;
      readonly transactions: readonly Begin[];
      readonly open: VoteRequest['open'];
    })
  | (Request & {
      readonly type: 'states-asked';
      readonly ballot: Ballot;
      readonly transactions: readonly PlacedDigest[];
    })
  | (Request & {
      readonly type: 'proposed';
      readonly ballot: Ballot;
      readonly proposal: Proposal;
      readonly deadline: number;
      readonly transactions: readonly PlacedDigest[];
    })
  | { readonly type: 'decided'; readonly transactions: readonly Announced[] }
  /** What has come of an ask for lines: see fetched-lines.ts. `coordinator` is the name under which it answers. */
  | { readonly type: 'fetched'; readonly coordinator: string; readonly replies: readonly FetchedFrom[] }
  | { readonly type: 'fetch-ended'; readonly book: string }
  | HeardAlive
  | StartConfirmed
  /** Another participant's ledger of the book has this many lines. */
  | { readonly type: 'peer-recorded'; readonly book: string; readonly lines: number }
  /** Another participant's ledger was compared with this one's, up to the shorter, by the chained digest. */
  | {
      readonly type: 'peer-compared';
      readonly book: string;
      readonly peer: string;
      /** The last line up to which both were compared. */
      readonly line: number;
      readonly agrees: boolean;
    }
  | {
      readonly type: 'deadline';
      readonly wait: 'vote-request' | 'decision' | 'retry';
      readonly places: readonly Place[];
    }
  | {
      readonly type: 'person-voted';
      readonly reply: number;
      readonly place: Place;
      readonly vote: 'commit' | 'abort';
      /** What the person was asked about; null when this participant asks nothing of the kind. */
      readonly begin: Begin | null;
    }
  | { readonly type: 'person-acknowledged'; readonly reply: number; readonly place: Place }
  | { readonly type: 'replied'; readonly reply: ProtocolReply }
  | {
      readonly type: 'ask-ended';
      readonly ballot: Ballot;
      readonly proposal?: Proposal | undefined;
      readonly places: readonly Place[];
    };

export interface ParticipantStep {
  readonly state: ParticipantState;
  readonly effects: readonly Effect[];
}

export const newParticipant = (self: Member, vote: 'commit' | 'abort'): ParticipantState => ({
  self,
  identity: noIdentity,
  heartbeats: noHeartbeats,
  vote,
  books: new Map(),
  recoverer: { node: self.name, counter: 1, recoveries: new Map() },
});

/** The greatest number of each book that was given for certain, as far as this participant knows. */
export const numbersGiven = ({ books, self }: ParticipantState): { book: string; highest: number }[] =>
  [...books].map(([book, known]) => ({
    book,
    highest: highestGiven(known, (list) => e3pcRules.isListed(list, self)),
  }));

export function stepParticipant(
  state: ParticipantState,
  input: ParticipantInput,
  at: number,
  rules: E3pcRules = e3pcRules,
): ParticipantStep {
  if (state.identity.rival !== null) return stepSilenced(state, input);
  if (input.type === 'alive-heard' || input.type === 'start-confirmed') return participantHears(state, input);
  const turn = new ParticipantTurn(state, at, rules);
  take(turn, input);
  return turn.end();
}

function take(turn: ParticipantTurn, input: Exclude<ParticipantInput, HeardAlive | StartConfirmed>): void {
  switch (input.type) {
    case 'restarted':
      return resume(turn);
    case 'vote-requested':
      return voteRequested(turn, input);
    case 'states-asked':
      return statesAsked(turn, input);
    case 'proposed':
      return proposed(turn, input);
    case 'person-voted':
      return personVoted(turn, input);
    case 'person-acknowledged':
      return personAcknowledged(turn, input);
    case 'decided':
      return decidedElsewhere(turn, input.transactions);
    case 'fetched':
      return fetched(turn, input);
    case 'fetch-ended':
      return turn.fetchAgain(input.book);
    case 'peer-recorded':
      return turn.fetchUpTo(input.book, input.lines);
    case 'peer-compared':
      return compared(turn, input);
    case 'deadline':
      return deadline(turn, input.wait, input.places);
    case 'replied':
      return conclude(turn, hearReply(turn.recoverer, input.reply, turn.rules));
    case 'ask-ended':
      return conclude(turn, endAsk(turn.recoverer, input));
    default:
      return input satisfies never;
  }
}

function compared(
  turn: ParticipantTurn,
  { book, peer, line, agrees }: Extract<ParticipantInput, { type: 'peer-compared' }>,
): void {
  const others = turn.book(book).disagreeing.filter((name) => name !== peer);
  turn.book(book).disagreeing = agrees ? others : [...others, peer];
  if (!agrees) turn.effect({ type: 'tell-divergence', place: { book, number: line } });
}

/** After a restart every undecided transaction is settled with the others, in the order of ranks, and holes are filled. */
function resume(turn: ParticipantTurn): void {
  for (const [book, { open }] of turn.books) {
    let greatest = 0;
    for (const [number, transaction] of open) {
      greatest = Math.max(greatest, number);
      if (!transaction.decided) turn.waitForDecision({ book, number }, transaction, { margin: false });
    }
    turn.fetchBelow(book, greatest);
  }
}

/** Takes up what this node's own ballots have led to: what they decided holds here as everywhere, and is announced. */
function conclude(turn: ParticipantTurn, step: RecovererStep): void {
  turn.recoverer = step.recoverer;
  for (const effect of step.effects) turn.effect(effect);
  const announced = step.conclusions.map(({ subject, decision }) => ({
    ...terms(subject),
    subject,
    decision: { ...decision, decidedAt: turn.at },
  }));
  decidedElsewhere(turn, announced);
  for (const [shared, transactions] of byTerms(announced)) turn.effect({ type: 'announce', ...shared, transactions });
}

const terms = ({ list, protocol }: Terms): Terms => ({ list, protocol });

function deadline(turn: ParticipantTurn, wait: 'vote-request' | 'decision' | 'retry', places: readonly Place[]): void {
  const undecided = places.flatMap((place) => {
    const transaction = turn.transaction(place);
    return transaction === undefined || transaction.decided ? [] : [{ place, transaction }];
  });
  if (wait === 'vote-request') {
    for (const { place, transaction } of undecided) {
      if (transaction.state !== 'initial') continue;
      const reason = transaction.person ? 'person-silent' : 'no-vote-request';
      turn.abortAlone({ ...place, ...transaction }, reason, transaction.lastElected, null);
      turn.waitForDecision(place, transaction, { margin: false });
    }
    return;
  }
  const mine = undecided.filter(
    ({ transaction }) => transaction.state !== 'initial' && turn.isMember(transaction.list),
  );
  const subjects = mine.map(({ place, transaction }) => ({
    ...place,
    ...terms(transaction),
    digest: transaction.digest,
  }));
  // A ballot that is not above what this node itself has promised would be refused by itself.
  const counter = mine.reduce(
    (greatest, { transaction }) => Math.max(greatest, transaction.lastElected.counter),
    turn.recoverer.counter,
  );
  conclude(turn, startBallots({ ...turn.recoverer, counter }, subjects));
  // In 2pc the others may all be waiting as well: what the coordinator has decided is asked of it too.
  for (const { book, number, protocol } of subjects) if (protocol === '2pc') turn.fetchUpTo(book, number);
}

/** Rebuilds the state from the journal's records, in order; `due` is called with the lines of the ledgers, in order. */
export function replayParticipant(
  start: ParticipantState,
  records: Iterable<ParticipantRecord>,
  due: (book: string, lines: NonNullable<ReturnType<typeof applyRecord>>) => void,
): ParticipantState {
  const books = new Map([...start.books].map(([name, book]) => [name, draftOf(book)]));
  let { identity } = start;
  let counter = start.recoverer.counter;
  for (const record of records) {
    if (record.kind === 'counter') {
      counter = Math.max(counter, record.counter);
      continue;
    }
    if (record.kind === 'start-nonces' || record.kind === 'doubled') {
      identity = applyIdentity(identity, record);
      continue;
    }
    if (record.kind === 'written') {
      books.set(record.book, writtenBook(record.lines));
      continue;
    }
    const name = bookOf(record);
    const book = books.get(name) ?? draftOf(emptyBook);
    books.set(name, book);
    const lines = applyRecord(book, record);
    if (lines) due(name, lines);
  }
  return { ...start, identity, books, recoverer: { ...start.recoverer, counter } };
}
