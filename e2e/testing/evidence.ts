// Whether the evidence of a decision holds: what it says was seen must be what its rule needs. Written from
// docs/commit-protocol.md, not from the code that decides.
import type { Ballot, Decision, Evidence } from '@parley/contracts';

type DecisionOf = NonNullable<Evidence['decision']>;

/** What is wrong with the evidence of a decided transaction; undefined when it justifies the decision. */
export function unjustified({ transaction, state, protocol, list, decision }: Evidence): string | undefined {
  if (!decision) return `${transaction} is ${state} without a decision`;
  const wrong =
    decision.outcome === state &&
    decision.quorum === quorumOf(protocol, list.length) &&
    isFirstBallot(decision.ballot) === isRuleOfFirstBallot(decision.rule) &&
    (!isFirstBallot(decision.ballot) || decision.decidedBy === 'coordinator') &&
    follows(decision, list.length);
  return wrong ? undefined : `${transaction}: ${JSON.stringify(decision)}`;
}

const quorumOf = (protocol: Evidence['protocol'], listed: number): number =>
  protocol === 'e3pc' ? Math.floor(listed / 2) + 1 : listed;

const isFirstBallot = ({ counter, node }: Ballot): boolean => counter === 1 && node === '';

const isRuleOfFirstBallot = (rule: Decision['rule']): boolean => !/^(recovery|asked)-/.test(rule);

/** Whether what was seen leads to the outcome by the rule. */
function follows({ rule, outcome, quorum, votes, states, acknowledgements }: DecisionOf, listed: number): boolean {
  const voted = Object.values(votes);
  const seen = Object.values(states);
  const acknowledged = new Set(acknowledgements).size >= quorum;
  const committed = outcome === 'committed';
  switch (rule) {
    case 'quorum-acknowledged':
      return committed && acknowledged && voted.length === listed && voted.every((vote) => vote === 'yes');
    case 'vote-no':
      return !committed && voted.includes('no');
    case 'vote-deadline':
      return !committed && voted.length < listed && !voted.includes('no');
    case 'all-acknowledged':
      return committed && new Set(acknowledgements).size === listed;
    case 'acknowledgement-deadline':
    case 'all-voted-yes':
      return committed && voted.length === listed && voted.every((vote) => vote === 'yes');
    case 'nothing-decided-before-restart':
      return !committed;
    case 'asked-found-pre-commit':
      return committed && seen.some(({ state }) => state === 'pre-commit');
    case 'asked-found-no-pre-commit':
      return !committed && seen.every(({ state }) => state !== 'pre-commit' && state !== 'committed');
    case 'asked-found-aborted':
    case 'recovery-found-aborted':
      return !committed && seen.some(({ state }) => state === 'aborted');
    case 'asked-found-committed':
    case 'recovery-found-committed':
      return committed && seen.some(({ state }) => state === 'committed');
    case 'recovery-quorum-pre-commit':
      return committed && acknowledged && seen.length >= quorum && newestArePreCommit(seen);
    case 'recovery-quorum-pre-abort':
      return !committed && acknowledged && seen.length >= quorum && !newestArePreCommit(seen);
    default:
      return rule satisfies never;
  }
}

/** Keidar and Dolev 1998: every answer with the greatest lastAttempt is pre-commit. */
function newestArePreCommit(seen: DecisionOf['states'][string][]): boolean {
  const keys = seen.map(({ lastAttempt: { counter, node } }) => `${String(counter).padStart(9, '0')} ${node}`);
  const greatest = [...keys].sort().at(-1);
  return seen.every(({ state }, index) => keys[index] !== greatest || state === 'pre-commit');
}
