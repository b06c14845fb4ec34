// What the coordinator makes of the votes and acknowledgements of ballot 1.
import type { DecisionRule, Outcome, ProtocolReply } from '@parley/contracts';
import { FIRST_BALLOT } from './ballot.js';
import {
  subjectOf,
  type CoordinatedTransaction,
  type CoordinatorState,
  type CoordinatorStep,
} from './coordinator-state.js';
import { dated, settle } from './decisions.js';
import { byTerms, type Announced, type Effect } from './effects.js';
import { placeKey } from './place.js';
import { protocols } from './protocols.js';
import type { E3pcRules } from './rules.js';

/** A reply to a vote request (no proposal in it) or to the pre-commit of ballot 1. */
export function hearFirstBallot(
  state: CoordinatorState,
  reply: ProtocolReply,
  at: number,
  rules: E3pcRules,
): CoordinatorStep {
  const open = new Map(state.open);
  const decided: Announced[] = [];
  const complete: CoordinatedTransaction[] = [];
  for (const answer of reply.answers) {
    const id = placeKey(answer);
    const known = open.get(id);
    if (known === undefined || !rules.isListed(known.list, reply.from)) continue;
    const heard =
      reply.proposal === undefined
        ? hearVote(known, reply.from.name, answer.answer)
        : hearAccepted(known, reply.from.name, answer.answer);
    if (heard === known) continue;
    open.set(id, heard);
    const settled = verdictOf(heard, rules);
    if (settled) decided.push(dated(heard, settled.outcome, settled.rule, state, at, rules));
    else if (hasAllVotes(heard)) {
      open.set(id, { ...heard, phase: 'acknowledging' });
      complete.push(heard);
    }
  }
  const asked = byTerms(complete).flatMap(([terms, group]): Effect[] => [
    { type: 'propose', ballot: FIRST_BALLOT, proposal: 'pre-commit', ...terms, transactions: group.map(subjectOf) },
    ...group.map(({ book, number }): Effect => ({ type: 'wait', wait: 'acknowledgements', place: { book, number } })),
  ]);
  const step = settle(state, decided, open);
  return { state: step.state, effects: [...asked, ...step.effects] };
}

function hearVote(known: CoordinatedTransaction, from: string, answer: string): CoordinatedTransaction {
  if (known.phase !== 'voting' || Object.hasOwn(known.votes, from)) return known;
  return answer === 'yes' || answer === 'no' ? { ...known, votes: { ...known.votes, [from]: answer } } : known;
}

function hearAccepted(known: CoordinatedTransaction, from: string, answer: string): CoordinatedTransaction {
  // A quorum for ballot 1 is a quorum also after its deadline, while the ballots of a recovery run.
  if ((known.phase !== 'acknowledging' && known.phase !== 'recovering') || answer !== 'accepted') return known;
  return known.acknowledgements.includes(from)
    ? known
    : { ...known, acknowledgements: [...known.acknowledgements, from] };
}

const hasAllVotes = ({ phase, votes, list }: CoordinatedTransaction): boolean =>
  phase === 'voting' && Object.keys(votes).length === list.length;

function verdictOf(
  transaction: CoordinatedTransaction,
  rules: E3pcRules,
): { outcome: Outcome; rule: DecisionRule } | undefined {
  const { phase, votes, acknowledgements, list } = transaction;
  const protocol = protocols[transaction.protocol];
  if (phase === 'voting' && Object.values(votes).includes('no')) return { outcome: 'aborted', rule: 'vote-no' };
  if (protocol.whenAllVotedYes === 'commit' && hasAllVotes(transaction))
    return { outcome: 'committed', rule: 'all-voted-yes' };
  if (acknowledgements.length >= protocol.acknowledgementsNeeded(list.length, rules))
    return { outcome: 'committed', rule: protocol.acknowledged };
  return undefined;
}
