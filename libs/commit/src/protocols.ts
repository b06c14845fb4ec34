// The three commit protocols behind one interface. What they share (numbers, votes, forced records, lines in order, how a
// coordinator may abort) stands in the coordinator and the participant; what they differ in stands here and in
// `termination.ts`.
//
//          all have voted yes   acknowledgements          none in time    only `begun` on record after a restart
//   e3pc   pre-commit           a quorum commits          recovery        recovery
//   3pc    pre-commit           all of the list commit    commit          asks the others
//   2pc    commit               -                         -               abort: a commit is forced before it is told
//
// e3pc: Keidar and Dolev 1998. 3pc: Skeen, "Nonblocking Commit Protocols", SIGMOD 1981, with time-out transitions that ask
// the others first. 2pc: Gray, "Notes on Data Base Operating Systems", 1978, with the cooperative termination of
// Bernstein, Hadzilacos and Goodman, "Concurrency Control and Recovery in Database Systems", 1987, section 7.4.
import type { DecisionRule, ProtocolName } from '@parley/contracts';
import type { E3pcRules } from './rules.js';

export interface Protocol {
  readonly whenAllVotedYes: 'pre-commit' | 'commit';
  /** How many of a list of `size` must have accepted the pre-commit of ballot 1 for it to decide. */
  acknowledgementsNeeded(size: number, rules: E3pcRules): number;
  /** The rule by which so many acknowledgements commit. */
  readonly acknowledged: DecisionRule;
  readonly whenAcknowledgementsAreLate: 'ask' | 'commit';
  readonly afterRestart: 'ask' | 'abort';
  /** Whether asking for states is a ballot: who answers promises to accept nothing of an earlier one. */
  readonly asksByBallot: boolean;
  /** Whether what a ballot decided is held by a quorum, so that the coordinator may write it lazily. */
  readonly decisionsAreHeld: boolean;
}

export const protocols: Readonly<Record<ProtocolName, Protocol>> = {
  e3pc: {
    whenAllVotedYes: 'pre-commit',
    acknowledgementsNeeded: (size, rules) => rules.quorum(size),
    acknowledged: 'quorum-acknowledged',
    whenAcknowledgementsAreLate: 'ask',
    afterRestart: 'ask',
    asksByBallot: true,
    decisionsAreHeld: true,
  },
  '3pc': {
    whenAllVotedYes: 'pre-commit',
    acknowledgementsNeeded: (size) => size,
    acknowledged: 'all-acknowledged',
    whenAcknowledgementsAreLate: 'commit',
    afterRestart: 'ask',
    asksByBallot: false,
    decisionsAreHeld: false,
  },
  '2pc': {
    whenAllVotedYes: 'commit',
    acknowledgementsNeeded: (size) => size,
    acknowledged: 'all-acknowledged',
    whenAcknowledgementsAreLate: 'ask',
    afterRestart: 'abort',
    asksByBallot: false,
    decisionsAreHeld: false,
  },
};
