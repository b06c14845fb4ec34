// The coordinator of e3pc: gives numbers, and runs ballot 1 of each transaction (Keidar and Dolev 1998, figure 4).
//
//   phase          entered by                      left by
//   beginning      a proposal: `begin` appended    `begun`: forced here (and, later, at every standby)
//   voting         vote requests                   all yes; a no or the deadline: abort alone, forced before it is told
//   acknowledging  pre-commit sent                 a quorum accepted: commit, written lazily; the deadline: recovery
//   recovering     the deadline, or a restart      see recoverer.ts
//
// Once one pre-commit was sent, and after any restart, it never aborts alone: somebody may have been made to commit.
// A transaction that is decided is no longer kept here; what is said about it later is ignored.
import type { Begin, Member, Place } from '@parley/contracts';
import { FIRST_BALLOT, compareBallots } from './ballot.js';
import {
  subjectOf,
  type CoordinatedTransaction,
  type CoordinatorInput,
  type CoordinatorState,
  type CoordinatorStep,
  type Unnumbered,
} from './coordinator-state.js';
import { dated, settle, tell } from './decisions.js';
import { byList, sameList, type Announced, type Effect } from './effects.js';
import { hearFirstBallot } from './first-ballot.js';
import { openNumbersBelow } from './open-numbers.js';
import { placeKey } from './place.js';
import { endAsk, hearReply, startBallots, type RecovererStep } from './recoverer.js';
import { e3pcRules, type E3pcRules } from './rules.js';

/** `at` is the moment, in ms since the epoch, for the evidence of decisions made in this step; it never enters the state. */
export function stepCoordinator(
  state: CoordinatorState,
  input: CoordinatorInput,
  at: number,
  rules: E3pcRules = e3pcRules,
): CoordinatorStep {
  switch (input.type) {
    case 'restarted':
      return resume(state);
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
    case 'numbers-known':
      return compareNumbers(state, input.books);
    default:
      return input satisfies never;
  }
}

/** After a restart: recovery for what has only its `begin` on record, and the known decisions once more. */
function resume(state: CoordinatorState): CoordinatorStep {
  const told = tell(state.untold);
  const step = recover({ ...state, untold: [] }, [...state.open.values()]);
  return { state: step.state, effects: [...told, ...step.effects] };
}

function begin(
  state: CoordinatorState,
  { reply, list, proposals }: { reply: number; list: readonly Member[]; proposals: readonly Unnumbered[] },
): CoordinatorStep {
  const numbers = new Map(state.numbers);
  const open = new Map(state.open);
  const begun = proposals.map((proposal): Begin => {
    const number = (numbers.get(proposal.book) ?? 0) + 1;
    numbers.set(proposal.book, number);
    const { book, digest } = proposal;
    open.set(placeKey({ book, number }), {
      book,
      number,
      digest,
      list,
      phase: 'beginning',
      votes: {},
      acknowledgements: [],
    });
    return { ...proposal, number };
  });
  const records = begun.map((transaction): Effect => ({
    type: 'append',
    record: { kind: 'begun', list, epoch: state.epoch, begin: transaction },
    lazy: false,
  }));
  const confirm: Effect = { type: 'confirm-begin', to: reply, transactions: begun };
  return { state: { ...state, numbers, open }, effects: [...records, confirm] };
}

function askForVotes(state: CoordinatorState, transactions: readonly Begin[]): CoordinatorStep {
  const open = new Map(state.open);
  const asked: (Begin & { list: readonly Member[] })[] = [];
  for (const transaction of transactions) {
    const id = placeKey(transaction);
    const known = open.get(id);
    if (known?.phase !== 'beginning') continue;
    open.set(id, { ...known, phase: 'voting' });
    asked.push({ ...transaction, list: known.list });
  }
  const effects = byList(asked).flatMap(([list, group]): Effect[] => [
    {
      type: 'ask-votes',
      list,
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
      return settle(
        state,
        known
          .filter(({ phase }) => phase === 'voting')
          .map((transaction) => dated(transaction, 'aborted', 'vote-deadline', state, at, rules)),
      );
    case 'acknowledgements':
      return recover(
        state,
        known.filter(({ phase }) => phase === 'acknowledging'),
      );
    case 'retry':
      return recover(
        state,
        known.filter(({ phase }) => phase === 'recovering'),
      );
  }
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
    if (transaction === undefined || !sameList(transaction.list, subject.list)) return [];
    // Who has heard of the number only has decided it without knowing the digest.
    if (subject.digest !== null && subject.digest !== transaction.digest) return [];
    return [{ subject: subjectOf(transaction), decision }];
  });
  const step = settle(state, known);
  return { state: step.state, effects: step.effects.filter(({ type }) => type !== 'announce') };
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
