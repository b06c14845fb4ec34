// A node that runs recovery ballots: a listed participant whose wait for a decision has ended, or a coordinator after a
// restart or at the deadline for acknowledgements. It asks and proposes to itself through the same messages as to the
// others. Safety needs only that a ballot is never used twice: its counter is forced before the first ask.
// Liveness needs that eventually one recoverer is alone for long enough: rank orders the first tries, then chance does.
import type { Ballot, Decision, Place, ProtocolReply } from '@parley/contracts';
import { compareBallots } from './ballot.js';
import type { Append, Effect } from './effects.js';
import { byTerms } from './effects.js';
import { placeKey } from './place.js';
import type { Subject } from './records.js';
import type { Recovery, Verdict } from './recovery.js';
import { beginBallot, concludeSilence, endBallot, hearAcceptance, hearState } from './recovery.js';
import type { E3pcRules, Proposal } from './rules.js';

/** What a recoverer remembers. Only the counter is durable. */
export interface Recoverer {
  readonly node: string;
  /** Greatest ballot counter this node has used or heard of. */
  readonly counter: number;
  /** By transaction id. */
  readonly recoveries: ReadonlyMap<string, Recovery>;
}

/** A transaction that a ballot of this node has decided. */
export interface Conclusion {
  readonly subject: Subject;
  readonly decision: Decision;
}

export interface RecovererStep {
  readonly recoverer: Recoverer;
  readonly effects: readonly Effect[];
  readonly conclusions: readonly Conclusion[];
}

/** Starts a new ballot, one for all these transactions. Those already in a ballot of this node keep it. */
export function startBallots(recoverer: Recoverer, subjects: readonly Subject[]): RecovererStep {
  const idle = subjects.filter((subject) => {
    const running = recoverer.recoveries.get(placeKey(subject));
    return running === undefined || running.phase === 'backing-off';
  });
  if (idle.length === 0) return { recoverer, effects: [], conclusions: [] };
  const counter = recoverer.counter + 1;
  const ballot: Ballot = { counter: Math.max(counter, 2), node: recoverer.node };
  const recoveries = new Map(recoverer.recoveries);
  for (const subject of idle) {
    const id = placeKey(subject);
    recoveries.set(id, beginBallot(subject, ballot, (recoveries.get(id)?.attempt ?? 0) + 1));
  }
  const force: Append = { type: 'append', record: { kind: 'counter', counter: ballot.counter }, lazy: false };
  const asks = byTerms(idle).map(([terms, transactions]): Effect => ({
    type: 'ask-states',
    ballot,
    ...terms,
    transactions,
  }));
  return {
    recoverer: { ...recoverer, counter: ballot.counter, recoveries },
    effects: [force, ...asks],
    conclusions: [],
  };
}

/** Takes up a reply to a question or to a proposal of one of this node's ballots. */
export function hearReply(recoverer: Recoverer, reply: ProtocolReply, rules: E3pcRules): RecovererStep {
  const recoveries = new Map(recoverer.recoveries);
  const proposals: { subject: Subject; proposal: Proposal }[] = [];
  const conclusions: Conclusion[] = [];
  let counter = recoverer.counter;
  for (const answer of reply.answers) {
    if (answer.lastElected) counter = Math.max(counter, answer.lastElected.counter);
    const id = placeKey(answer);
    const recovery = recoveries.get(id);
    if (recovery === undefined || compareBallots(recovery.ballot, reply.ballot) !== 0) continue;
    const verdict = judge(recovery, reply, answer, rules, recoverer.node);
    if (verdict === undefined) continue;
    if (verdict.kind === 'decide') {
      recoveries.delete(id);
      conclusions.push({ subject: recovery.subject, decision: verdict.decision });
      continue;
    }
    recoveries.set(id, verdict.recovery);
    if (verdict.kind === 'propose') proposals.push({ subject: recovery.subject, proposal: verdict.recovery.proposal });
  }
  const effects = (['pre-commit', 'pre-abort'] as const).flatMap((proposal) =>
    byTerms(proposals.filter((made) => made.proposal === proposal).map((made) => made.subject)).map(
      ([terms, transactions]): Effect => ({ type: 'propose', ballot: reply.ballot, proposal, ...terms, transactions }),
    ),
  );
  return { recoverer: { ...recoverer, counter, recoveries }, effects, conclusions };
}

function judge(
  recovery: Recovery,
  reply: ProtocolReply,
  answer: ProtocolReply['answers'][number],
  rules: E3pcRules,
  node: string,
): Verdict | undefined {
  if (recovery.phase === 'backing-off') return undefined;
  if (reply.proposal === undefined)
    return rules.mayEvaluate(recovery.phase) ? hearState(recovery, reply.from, answer, rules, node) : undefined;
  return recovery.phase === 'proposing' && rules.isAcknowledged(recovery.proposal, reply.proposal)
    ? hearAcceptance(recovery, reply.from, answer, rules, node)
    : undefined;
}

/** The time-out of a question (`proposal` undefined) or of a proposal: ballots still waiting for it are over. */
export function endAsk(
  recoverer: Recoverer,
  ask: { ballot: Ballot; proposal?: Proposal | undefined; places: readonly Place[] },
): RecovererStep {
  const recoveries = new Map(recoverer.recoveries);
  const effects: Effect[] = [];
  const conclusions: Conclusion[] = [];
  for (const place of ask.places) {
    const id = placeKey(place);
    const recovery = recoveries.get(id);
    if (recovery === undefined || compareBallots(recovery.ballot, ask.ballot) !== 0) continue;
    if ((recovery.phase === 'proposing' ? recovery.proposal : undefined) !== ask.proposal) continue;
    if (recovery.phase === 'backing-off') continue;
    const decision = recovery.phase === 'electing' ? concludeSilence(recovery, recoverer.node) : undefined;
    if (decision) {
      recoveries.delete(id);
      conclusions.push({ subject: recovery.subject, decision });
      continue;
    }
    recoveries.set(id, endBallot(recovery));
    effects.push({ type: 'wait', wait: 'retry', place, attempt: recovery.attempt });
  }
  return { recoverer: { ...recoverer, recoveries }, effects, conclusions };
}

/** The transactions are decided, by whomever: no more ballots for them. */
export function forget(recoverer: Recoverer, places: readonly Place[]): Recoverer {
  if (!places.some((place) => recoverer.recoveries.has(placeKey(place)))) return recoverer;
  const recoveries = new Map(recoverer.recoveries);
  for (const place of places) recoveries.delete(placeKey(place));
  return { ...recoverer, recoveries };
}
