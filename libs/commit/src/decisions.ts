// How the coordinator makes a decision known: recorded, dated, told to the list, and then no longer kept.
import type { DatedDecision, Decision, DecisionRule, Outcome } from '@parley/contracts';
import { FIRST_BALLOT, compareBallots } from './ballot.js';
import {
  subjectOf,
  type CoordinatedTransaction,
  type CoordinatorState,
  type CoordinatorStep,
} from './coordinator-state.js';
import { byTerms, type Announced, type Effect } from './effects.js';
import { placeKey } from './place.js';
import { protocols } from './protocols.js';
import { forget } from './recoverer.js';
import type { E3pcRules } from './rules.js';

/**
 * Records decisions and tells them. In e3pc a commit, and what a ballot of a recovery decided, may be written lazily: a
 * quorum holds it. What nobody else holds, like the coordinator's own abort, is forced before it is told. A step that has its
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
    const { book, number } = subject;
    open.delete(placeKey(subject));
    const isAlone = decision.outcome === 'aborted' && compareBallots(decision.ballot, FIRST_BALLOT) === 0;
    const lazy = protocols[subject.protocol].decisionsAreHeld && !isAlone;
    effects.push({ type: 'append', record: { kind: 'decided', ...subject, decision }, lazy });
    effects.push({ type: 'rest', place: { book, number } });
  }
  const recoverer = forget(
    state.recoverer,
    decided.map(({ subject }) => subject),
  );
  return { state: { ...state, open, recoverer }, effects: [...effects, ...tell(decided)] };
}

export const tell = (decided: readonly Announced[]): Effect[] =>
  byTerms(decided.map((it) => ({ ...it.subject, ...it }))).map(([terms, transactions]) => ({
    type: 'announce',
    ...terms,
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
  const { list, protocol, votes, acknowledgements } = transaction;
  const decision: Decision = {
    outcome,
    rule,
    decidedBy: recoverer.node,
    ballot: FIRST_BALLOT,
    quorum: protocols[protocol].acknowledgementsNeeded(list.length, rules),
    votes: { ...votes },
    states: {},
    acknowledgements: [...acknowledgements],
  };
  return { subject: subjectOf(transaction), decision: { ...decision, decidedAt: at } satisfies DatedDecision };
}
