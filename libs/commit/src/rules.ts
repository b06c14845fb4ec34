// The sentences of e3pc that its safety hangs on, each as one replaceable member, so that a checker can exchange one
// for a wrong one and must then find the disagreement. Production uses `e3pcRules` and has no switch.
import type { Ballot, ParticipantStateName } from '@parley/contracts';
import { compareBallots } from './ballot.js';

export type Proposal = 'pre-commit' | 'pre-abort';

/** What a participant answers to a recovery. */
export interface Answer {
  readonly state: ParticipantStateName;
  readonly lastAttempt: Ballot;
}

export interface E3pcRules {
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
}

const quorum = (size: number): number => Math.floor(size / 2) + 1;

export const e3pcRules: E3pcRules = {
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
};
