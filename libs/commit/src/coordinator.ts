// The coordinator: gives numbers, and runs ballot 1 of each transaction (e3pc: Keidar and Dolev 1998, figure 4). Where 3pc
// and 2pc differ, protocols.ts says how.
//
//   phase          entered by                      left by
//   beginning      a proposal: `begin` appended    `begun`: forced here (and, later, at every standby)
//   voting         vote requests                   all yes; a no or the deadline: abort alone, forced before it is told
//   acknowledging  pre-commit sent                 a quorum accepted: commit, written lazily; the deadline: recovery
//   recovering     the deadline, or a restart      see recoverer.ts
//
// Once one pre-commit was sent, and after any restart, it never aborts alone: somebody may have been made to commit.
// A transaction that is decided is no longer kept here; what is said about it later is ignored.
import type { Begin, Place } from '@parley/contracts';
import { FIRST_BALLOT, compareBallots } from './ballot.js';
import { begin } from './beginning.js';
import {
  markDiverged,
  subjectOf,
  type CoordinatedTransaction,
  type CoordinatorInput,
  type CoordinatorState,
  type CoordinatorStep,
} from './coordinator-state.js';
import { dated, settle, tell } from './decisions.js';
import { byTerms, sameTerms, type Announced, type Effect } from './effects.js';
import { hearFirstBallot } from './first-ballot.js';
import { hearParticipant, leave, participantSilent } from './members-at-coordinator.js';
import { openNumbersBelow } from './open-numbers.js';
import { placeKey } from './place.js';
import { protocols } from './protocols.js';
import type { Terms } from './records.js';
import { endAsk, hearReply, startBallots, type RecovererStep } from './recoverer.js';
import { e3pcRules, type E3pcRules } from './rules.js';
import { coordinatorHears, stepDoubled } from './silenced.js';

/** `at` is the moment, in ms since the epoch, for the evidence of decisions made in this step; it never enters the state. */
export function stepCoordinator(
  state: CoordinatorState,
  input: CoordinatorInput,
  at: number,
  rules: E3pcRules = e3pcRules,
): CoordinatorStep {
  if (state.identity.rival !== null) return stepDoubled(state, input);
  switch (input.type) {
    case 'restarted':
      return resume(state, at, rules);
    case 'proposed':
      return begin(state, input);
    case 'begun':
      return askForVotes(state, input.transactions);
    case 'replied':
      return compareBallots(input.reply.ballot, FIRST_BALLOT) === 0
        ? hearFirstBallot(state, input.reply, at, rules)
        : conclude(state, hearReply(state.recoverer, input.reply, rules), at);
    case 'deadline':
      return deadline(state, input.wait, input.places, at, rules);
    case 'ask-ended':
      return conclude(state, endAsk(state.recoverer, input), at);
    case 'decided':
      return hearDecisions(state, input.transactions);
    case 'diverged':
      return diverged(state, input.book);
    case 'alive-heard':
    case 'start-confirmed':
      return coordinatorHears(state, input);
    case 'participant-heard':
      return hearParticipant(state, input);
    case 'participant-silent':
      return participantSilent(state, input.member);
    case 'leave-asked':
      return leave(state, input);
    case 'numbers-known':
      return compareNumbers(state, input.books);
    default:
      return input satisfies never;
  }
}

/** After a restart: what has only its `begin` on record is settled, and the known decisions are told once more. */
function resume(state: CoordinatorState, at: number, rules: E3pcRules): CoordinatorStep {
  const told = tell(state.untold);
  const open = [...state.open.values()];
  const isAborted = ({ protocol }: Terms): boolean => protocols[protocol].afterRestart === 'abort';
  const asking = giveUp(
    { ...state, untold: [] },
    open.filter((transaction) => !isAborted(transaction)),
    at,
    rules,
  );
  const aborted = open.filter(isAborted);
  const aborting = settle(
    asking.state,
    aborted.map((it) => dated(it, 'aborted', 'nothing-decided-before-restart', state, at, rules)),
  );
  return { state: aborting.state, effects: [...told, ...asking.effects, ...aborting.effects] };
}

function askForVotes(state: CoordinatorState, transactions: readonly Begin[]): CoordinatorStep {
  const open = new Map(state.open);
  const asked: (Begin & Terms)[] = [];
  for (const transaction of transactions) {
    const id = placeKey(transaction);
    const known = open.get(id);
    if (known?.phase !== 'beginning') continue;
    open.set(id, { ...known, phase: 'voting' });
    asked.push({ ...transaction, list: known.list });
  }
  const effects = byTerms(asked).flatMap(([terms, group]): Effect[] => [
    {
      type: 'ask-votes',
      ...terms,
      transactions: group.map(({ list: _, ...it }) => it),
      open: openNumbersBelow(open.values(), group),
    },
    ...group.map((place): Effect => ({
      type: 'wait',
      wait: 'votes',
      place: { book: place.book, number: place.number },
    })),
  ]);
  return { state: { ...state, open }, effects };
}

function deadline(
  state: CoordinatorState,
  wait: 'votes' | 'acknowledgements' | 'retry',
  places: readonly Place[],
  at: number,
  rules: E3pcRules,
): CoordinatorStep {
  const known = places.flatMap((place) => state.open.get(placeKey(place)) ?? []);
  switch (wait) {
    case 'votes':
      return giveUp(
        state,
        known.filter(({ phase }) => phase === 'voting'),
        at,
        rules,
      );
    case 'acknowledgements':
      return acknowledgementsAreLate(
        state,
        known.filter(({ phase }) => phase === 'acknowledging'),
        at,
        rules,
      );
    case 'retry':
      return giveUp(
        state,
        known.filter(({ phase }) => phase === 'recovering'),
        at,
        rules,
      );
  }
}

/** The time for a phase is over, or a restart has ended it: abort alone where that is still allowed, otherwise ask. */
function giveUp(
  state: CoordinatorState,
  transactions: readonly CoordinatedTransaction[],
  at: number,
  rules: E3pcRules,
): CoordinatorStep {
  const isAlone = ({ phase }: CoordinatedTransaction): boolean => rules.mayAbortAlone(phase);
  const aborting = settle(
    state,
    transactions.filter(isAlone).map((it) => dated(it, 'aborted', 'vote-deadline', state, at, rules)),
  );
  const asking = recover(
    aborting.state,
    transactions.filter((it) => !isAlone(it)),
  );
  return { state: asking.state, effects: [...aborting.effects, ...asking.effects] };
}

function acknowledgementsAreLate(
  state: CoordinatorState,
  transactions: readonly CoordinatedTransaction[],
  at: number,
  rules: E3pcRules,
): CoordinatorStep {
  const commits = ({ protocol }: Terms): boolean => protocols[protocol].whenAcknowledgementsAreLate === 'commit';
  const committing = settle(
    state,
    transactions.filter(commits).map((it) => dated(it, 'committed', 'acknowledgement-deadline', state, at, rules)),
  );
  const asking = giveUp(
    committing.state,
    transactions.filter((it) => !commits(it)),
    at,
    rules,
  );
  return { state: asking.state, effects: [...committing.effects, ...asking.effects] };
}

function recover(state: CoordinatorState, transactions: readonly CoordinatedTransaction[]): CoordinatorStep {
  const open = new Map(state.open);
  for (const transaction of transactions) open.set(placeKey(transaction), { ...transaction, phase: 'recovering' });
  const { recoverer, effects } = startBallots(state.recoverer, transactions.map(subjectOf));
  return { state: { ...state, open, recoverer }, effects };
}

function conclude(state: CoordinatorState, step: RecovererStep, at: number): CoordinatorStep {
  const decided = step.conclusions.map(({ subject, decision }) => ({
    subject,
    decision: { ...decision, decidedAt: at },
  }));
  const settled = settle({ ...state, recoverer: step.recoverer }, decided);
  return { state: settled.state, effects: [...step.effects, ...settled.effects] };
}

/** Somebody else decided: recorded here, and told nobody. */
function hearDecisions(state: CoordinatorState, announced: readonly Announced[]): CoordinatorStep {
  const known = announced.flatMap(({ subject, decision }): Announced[] => {
    const transaction = state.open.get(placeKey(subject));
    if (transaction === undefined || !sameTerms(transaction, subject)) return [];
    // Who has heard of the number only has decided it without knowing the digest.
    if (subject.digest !== null && subject.digest !== transaction.digest) return [];
    return [{ subject: subjectOf(transaction), decision }];
  });
  const step = settle(state, known);
  return { state: step.state, effects: step.effects.filter(({ type }) => type !== 'announce') };
}

/** 3pc has failed in this book. What was decided stays; nothing more begins. */
function diverged(state: CoordinatorState, book: string): CoordinatorStep {
  const terms = state.books.get(book);
  if (terms === undefined || terms.diverged || terms.protocol !== '3pc') return { state, effects: [] };
  const books = new Map(state.books);
  markDiverged(books, book);
  return { state: { ...state, books }, effects: [{ type: 'append', record: { kind: 'diverged', book }, lazy: false }] };
}

/** A number is never given twice: who does not know a number that was given before must not give any. */
function compareNumbers(
  state: CoordinatorState,
  books: readonly { readonly book: string; readonly highest: number }[],
): CoordinatorStep {
  const beyond = books.filter(({ book, highest }) => highest > (state.numbers.get(book) ?? 0));
  const effects = beyond.map(({ book, highest }): Effect => ({
    type: 'stop',
    place: { book, number: highest },
    reason: 'a participant has heard of it, but this coordinator has not given that number',
  }));
  return { state, effects };
}
