// How the coordinator makes a decision known: recorded, dated, told to the list, and then no longer kept.
import type { DatedDecision, Decision, DecisionRule, Outcome } from '@parley/contracts';
import { FIRST_BALLOT, compareBallots } from './ballot.js';
import {
  subjectOf,
  type CoordinatedTransaction,
  type CoordinatorState,
  type CoordinatorStep,
} from './coordinator-state.js';
import { byList, type Announced, type Effect } from './effects.js';
import { placeKey } from './place.js';
import { forget } from './recoverer.js';
import type { E3pcRules } from './rules.js';

/**
 * Records decisions and tells them. A commit, and what a ballot of a recovery decided, may be written lazily: a quorum
 * holds it. The coordinator's own abort is held by nobody else, so it is forced before it is told. A step that has its
 * own copy of the open transactions already hands it in as `draft`.
 */
export function settle(
  state: CoordinatorState,
  decided: readonly Announced[],
  draft?: Map<string, CoordinatedTransaction>,
): CoordinatorStep {
  if (decided.length === 0) return { state: draft ? { ...state, open: draft } : state, effects: [] };
  const open = draft ?? new Map(state.open);
  const effects: Effect[] = [];
  for (const { subject, decision } of decided) {
    const { book, number, list, digest } = subject;
    open.delete(placeKey(subject));
    const lazy = !(decision.outcome === 'aborted' && compareBallots(decision.ballot, FIRST_BALLOT) === 0);
    effects.push({ type: 'append', record: { kind: 'decided', book, number, list, digest, decision }, lazy });
    effects.push({ type: 'rest', place: { book, number } });
  }
  const recoverer = forget(
    state.recoverer,
    decided.map(({ subject }) => subject),
  );
  return { state: { ...state, open, recoverer }, effects: [...effects, ...tell(decided)] };
}

export const tell = (decided: readonly Announced[]): Effect[] =>
  byList(decided.map((it) => ({ ...it, list: it.subject.list }))).map(([list, transactions]) => ({
    type: 'announce',
    list,
    transactions,
  }));

/** A decision of ballot 1, with the evidence for it. */
export function dated(
  transaction: CoordinatedTransaction,
  outcome: Outcome,
  rule: DecisionRule,
  { recoverer }: CoordinatorState,
  at: number,
  rules: E3pcRules,
): Announced {
  const { list, votes, acknowledgements } = transaction;
  const decision: Decision = {
    outcome,
    rule,
    decidedBy: recoverer.node,
    ballot: FIRST_BALLOT,
    quorum: rules.quorum(list.length),
    votes: { ...votes },
    states: {},
    acknowledgements: [...acknowledgements],
  };
  return { subject: subjectOf(transaction), decision: { ...decision, decidedAt: at } satisfies DatedDecision };
}
