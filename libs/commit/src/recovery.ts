// One transaction in the hands of a recoverer (Keidar and Dolev 1998, figure 5, "Enhanced 3PC: the recovery
// procedure"). A recovery runs ballots one after the other until the transaction is decided. A ballot asks the list
// once, proposes at most one value, once, and is never evaluated again after that.
//
// Invariants: only answers of listed members to this very ballot count; a final one decides without a quorum.
import type { Ballot, Decision, DecisionRule, Member, Outcome, ProtocolAnswer } from '@parley/contracts';
import { NO_BALLOT } from './ballot.js';
import type { Subject } from './records.js';
import type { Answer, E3pcRules, Proposal } from './rules.js';
import { foundBy } from './termination.js';

export type Recovery = Electing | Proposing | BackingOff;

interface Attempt {
  readonly subject: Subject;
  readonly ballot: Ballot;
  /** How many ballots this recoverer has spent on the transaction, this one included. */
  readonly attempt: number;
  readonly answers: ReadonlyMap<string, Answer>;
}
interface Electing extends Attempt {
  readonly phase: 'electing';
}
interface Proposing extends Attempt {
  readonly phase: 'proposing';
  readonly proposal: Proposal;
  readonly acknowledgements: readonly string[];
}
/** The ballot reached no quorum in time; another one follows after a random wait. */
interface BackingOff extends Attempt {
  readonly phase: 'backing-off';
}

/** What an answer led to. */
export type Verdict =
  | { readonly kind: 'wait'; readonly recovery: Recovery }
  | { readonly kind: 'propose'; readonly recovery: Proposing }
  | { readonly kind: 'decide'; readonly decision: Decision };

export const beginBallot = (subject: Subject, ballot: Ballot, attempt: number): Electing => ({
  phase: 'electing',
  subject,
  ballot,
  attempt,
  answers: new Map(),
});

/** No quorum within the time-out: the ballot is over. */
export const endBallot = ({ subject, ballot, attempt, answers }: Recovery): BackingOff => ({
  phase: 'backing-off',
  subject,
  ballot,
  attempt,
  answers,
});

/** A participant answered the question for its state (rules 2 and 3). */
export function hearState(
  recovery: Electing | Proposing,
  from: Member,
  answer: ProtocolAnswer,
  rules: E3pcRules,
  node: string,
): Verdict {
  const wait: Verdict = { kind: 'wait', recovery };
  if (!rules.isListed(recovery.subject.list, from)) return wait;
  if ((answer.answer !== 'state' && answer.answer !== 'decided') || answer.state === undefined) return wait;
  const seen: Answer = { state: answer.state, lastAttempt: answer.lastAttempt ?? NO_BALLOT };
  const answers = new Map(recovery.answers).set(from.name, seen);
  const { subject, ballot, attempt } = recovery;
  const heard: Electing = { phase: 'electing', subject, ballot, attempt, answers };
  const { protocol, list } = heard.subject;
  if (protocol !== 'e3pc') {
    const found = foundBy(protocol, [...answers.values()], answers.size === list.length);
    return found
      ? { kind: 'decide', decision: decisionOf(heard, found, list.length, node) }
      : { kind: 'wait', recovery: heard };
  }
  const final = finalOutcome(answer);
  if (final) return decide(heard, final, rules, node);
  if (!rules.mayPropose(answers.size, heard.subject.list.length)) return { kind: 'wait', recovery: heard };
  const proposal = rules.proposalFor([...answers.values()]);
  return { kind: 'propose', recovery: { ...heard, phase: 'proposing', proposal, acknowledgements: [] } };
}

/** A participant answered the proposal (rules 4 and 5). */
export function hearAcceptance(
  recovery: Proposing,
  from: Member,
  answer: ProtocolAnswer,
  rules: E3pcRules,
  node: string,
): Verdict {
  const wait: Verdict = { kind: 'wait', recovery };
  if (!rules.isListed(recovery.subject.list, from) || recovery.acknowledgements.includes(from.name)) return wait;
  const final = finalOutcome(answer);
  if (final) {
    const seen: Answer = { state: final, lastAttempt: answer.lastAttempt ?? NO_BALLOT };
    return decide({ ...recovery, answers: new Map(recovery.answers).set(from.name, seen) }, final, rules, node);
  }
  if (answer.answer !== 'accepted') return wait;
  const heard = { ...recovery, acknowledgements: [...recovery.acknowledgements, from.name] };
  if (heard.acknowledgements.length < rules.quorum(heard.subject.list.length)) return { kind: 'wait', recovery: heard };
  return decide(heard, heard.proposal === 'pre-commit' ? 'committed' : 'aborted', rules, node);
}

/** An answer that settles the transaction by itself: a known decision, or an abort on record. */
const finalOutcome = ({ answer, state }: ProtocolAnswer): Outcome | undefined =>
  (answer === 'decided' || answer === 'state') && (state === 'aborted' || state === 'committed') ? state : undefined;

function decide(recovery: Electing | Proposing, outcome: Outcome, rules: E3pcRules, node: string): Verdict {
  const acknowledgements = acknowledgementsOf(recovery);
  const quorum = rules.quorum(recovery.subject.list.length);
  const byQuorum = acknowledgements.length >= quorum;
  const rule: DecisionRule = byQuorum
    ? outcome === 'committed'
      ? 'recovery-quorum-pre-commit'
      : 'recovery-quorum-pre-abort'
    : outcome === 'committed'
      ? 'recovery-found-committed'
      : 'recovery-found-aborted';
  return { kind: 'decide', decision: decisionOf(recovery, { outcome, rule }, quorum, node) };
}

const acknowledgementsOf = (recovery: Recovery): readonly string[] =>
  recovery.phase === 'proposing' ? recovery.acknowledgements : [];

const decisionOf = (
  recovery: Electing | Proposing,
  { outcome, rule }: { outcome: Outcome; rule: DecisionRule },
  quorum: number,
  node: string,
): Decision => ({
  outcome,
  rule,
  decidedBy: node,
  ballot: recovery.ballot,
  quorum,
  votes: {},
  states: Object.fromEntries(recovery.answers),
  acknowledgements: [...acknowledgementsOf(recovery)],
});

/** The time-out of a question: what the answers decide although more might have come; undefined: wait, and try again. */
export function concludeSilence(recovery: Electing, node: string): Decision | undefined {
  const { protocol, list } = recovery.subject;
  if (protocol === 'e3pc') return undefined;
  const found = foundBy(protocol, [...recovery.answers.values()], true);
  return found && decisionOf(recovery, found, list.length, node);
}
