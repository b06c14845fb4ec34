// The sentences of e3pc that its safety hangs on, each as one replaceable member, so that a checker can exchange one
// for a wrong one and must then find the disagreement. Production uses `e3pcRules` and has no switch.
import type { Ballot, DatedDecision, Member, ParticipantStateName } from '@parley/contracts';
import { FIRST_BALLOT, compareBallots } from './ballot.js';

export type Proposal = 'pre-commit' | 'pre-abort';

/** What a participant answers to a recovery. */
export interface Answer {
  readonly state: ParticipantStateName;
  readonly lastAttempt: Ballot;
}

export interface E3pcRules {
  /** Whether a node is on a list: by its name and by the identity of its journal. */
  isListed(list: readonly Member[], member: Member): boolean;
  /** Whether a coordinator may abort a transaction in this phase by itself. */
  mayAbortAlone(phase: 'beginning' | 'voting' | 'acknowledging' | 'recovering'): boolean;
  /** How many of a list of `size` make a quorum. */
  quorum(size: number): number;
  /** What a recoverer proposes on a quorum of answers, none of them final. */
  proposalFor(answers: readonly Answer[]): Proposal;
  /** Whether a participant that promised `lastElected` may promise `ballot`. */
  mayElect(lastElected: Ballot, ballot: Ballot): boolean;
  /** Whether a participant that promised `lastElected` may accept a proposal of `ballot`. */
  mayAccept(lastElected: Ballot, ballot: Ballot): boolean;
  /** Whether a recoverer that has `answers` of a list of `size` may propose. */
  mayPropose(answers: number, size: number): boolean;
  /** Whether a ballot in this phase takes up an answer to its question. */
  mayEvaluate(phase: 'electing' | 'proposing'): boolean;
  /** Whether an acknowledgement of `acknowledged` counts for a ballot that has proposed `proposed`. */
  isAcknowledged(proposed: Proposal, acknowledged: Proposal): boolean;
  /** Whether a participant whose ledger has `written` lines answers about `number` from the ledger. */
  isAnsweredFromLedger(number: number, written: number): boolean;
  /** Whether a participant that knows every number up to `known` may say yes to `number`. */
  isComplete(known: number, number: number): boolean;
  /** Whether a fetched line is taken that so many tell alike, of a transaction with a list of `size`. */
  isConfirmedByTellers(tellers: number, size: number): boolean;
  /** Whether a participant in `state` refuses a decision that it is told. */
  mayRefuse(state: ParticipantStateName, decision: Pick<DatedDecision, 'outcome' | 'ballot'>): boolean;
}

const quorum = (size: number): number => Math.floor(size / 2) + 1;

export const e3pcRules: E3pcRules = {
  // A new journal knows nothing of what the old one promised: it is another member, whatever it is called.
  isListed: (list, { name, logId }) => list.some((member) => member.name === name && member.logId === logId),
  // Once a pre-commit was sent, and after a restart that has forgotten whether one was, somebody may have committed.
  mayAbortAlone: (phase) => phase === 'voting',
  quorum,
  // "All with the greatest lastAttempt are pre-commit"; with "any" instead, a minority's old pre-commit would override
  // a later pre-abort that a quorum may already have accepted.
  proposalFor(answers) {
    const greatest = answers.map((answer) => answer.lastAttempt).reduce((a, b) => (compareBallots(a, b) < 0 ? b : a));
    const newest = answers.filter((answer) => compareBallots(answer.lastAttempt, greatest) === 0);
    return newest.every((answer) => answer.state === 'pre-commit') ? 'pre-commit' : 'pre-abort';
  },
  mayElect: (lastElected, ballot) => compareBallots(lastElected, ballot) < 0,
  mayAccept: (lastElected, ballot) => compareBallots(lastElected, ballot) === 0,
  mayPropose: (answers, size) => answers >= quorum(size),
  // Evaluated again on other answers, a ballot could propose a second value.
  mayEvaluate: (phase) => phase === 'electing',
  isAcknowledged: (proposed, acknowledged) => proposed === acknowledged,
  isAnsweredFromLedger: (number, written) => number <= written,
  // Otherwise a line could be lost with the one node that has it, and all later ones would wait for it.
  isComplete: (known, number) => known >= number - 1,
  // What one node alone tells may be what its disk has made of it.
  isConfirmedByTellers: (tellers, size) => tellers >= quorum(size),
  // An abort of ballot 1 is the coordinator's own, made only while it has sent no pre-commit: where one was accepted it is
  // no decision of any ballot. A decision of any later ballot is always accepted.
  mayRefuse: (state, { outcome, ballot }) =>
    state === 'pre-commit' && outcome === 'aborted' && compareBallots(ballot, FIRST_BALLOT) === 0,
};
