// What a participant does when it is told how a transaction was decided. A decision of any ballot is always accepted.
// What contradicts the own journal stops the node: nothing that it would do afterwards could be trusted.
import type { DatedDecision, Outcome, Place } from '@parley/contracts';
import { heardOf, type ParticipantTransaction } from './book.js';
import type { Announced } from './effects.js';
import { judge, type FetchedFrom } from './fetched-lines.js';
import { isSame, type ParticipantTurn } from './participant-turn.js';
import type { Subject } from './records.js';

interface Outcomed {
  readonly outcome: Outcome;
}

/** Decisions announced by the coordinator or by a recoverer. */
export function decidedElsewhere(turn: ParticipantTurn, announced: readonly Announced[]): void {
  for (const { subject, decision } of announced) {
    if (turn.isWritten(subject)) continue;
    const known = turn.known(subject);
    if (known?.decided) {
      mustAgree(turn, subject, known.decided, decision);
      continue;
    }
    if (known && !isSame(known, subject)) {
      turn.effect({ type: 'report', place: subject, what: 'decided with another list or value than is on record' });
      continue;
    }
    if (isImpossible(turn, subject, known, decision.outcome) || isRefused(turn, subject, known, decision)) continue;
    // Who has not voted does not hold the string that the line needs: it is fetched together with the decision.
    if (known?.votedYes || decision.outcome === 'aborted') turn.decide(subject, decision);
    else turn.fetchUpTo(subject.book, subject.number);
  }
}

/** Decided transactions that this participant asked the others for: those that are confirmed are taken. */
export function fetched(
  turn: ParticipantTurn,
  { replies, coordinator }: { readonly replies: readonly FetchedFrom[]; readonly coordinator: string },
): void {
  const { confirmed, diverged } = judge(replies, coordinator, turn.rules);
  for (const { book, number, nodes } of diverged)
    turn.effect({ type: 'name-diverged', place: { book, number }, nodes });
  const inOrder = [...confirmed].sort((a, b) => a.number - b.number);
  for (const { book, number, list, protocol, begin, decision } of inOrder) {
    const subject: Subject = { book, number, list, protocol, digest: begin?.digest ?? null };
    if (turn.isWritten(subject)) continue;
    const known = turn.known(subject);
    if (known?.decided) {
      mustAgree(turn, subject, known.decided, decision);
      continue;
    }
    if (known && !isSame(known, subject)) {
      turn.effect({ type: 'report', place: subject, what: 'fetched with another list or value than is on record' });
      continue;
    }
    if (isImpossible(turn, subject, known, decision.outcome)) continue;
    if (begin === null && decision.outcome === 'committed' && !known?.votedYes) continue;
    turn.append({ kind: 'learned', ...subject, begin, decision });
    turn.settled(subject);
  }
}

/** Two decisions contradict each other: with 3pc that can happen, and is told; otherwise this node must not go on. */
function mustAgree(turn: ParticipantTurn, subject: Subject, known: Outcomed, told: Outcomed): void {
  if (known.outcome === told.outcome) return;
  const { book, number, protocol } = subject;
  if (protocol === '3pc') turn.effect({ type: 'tell-divergence', place: { book, number } });
  else stop(turn, subject, 'two decisions were made for it');
}

/**
 * The coordinator aborts alone, in ballot 1, only while it has sent no pre-commit. What says so where one was accepted is
 * no decision of any ballot; this participant settles the transaction with the others.
 */
function isRefused(
  turn: ParticipantTurn,
  place: Place,
  known: ParticipantTransaction | undefined,
  decision: DatedDecision,
): boolean {
  if (known === undefined || !turn.rules.mayRefuse(known.state, decision)) return false;
  turn.effect({ type: 'report', place, what: 'aborted by the coordinator alone after its pre-commit' });
  return true;
}

/** A commit needs the yes of everybody listed: who is listed and has none on record has lost a part of its journal. */
function isImpossible(
  turn: ParticipantTurn,
  subject: Subject,
  known: ParticipantTransaction | undefined,
  outcome: 'committed' | 'aborted',
): boolean {
  const { list, votedYes } = known ?? heardOf(subject, subject.digest);
  if (outcome !== 'committed' || votedYes || !turn.isMember(list)) return false;
  stop(turn, subject, 'it was committed with this participant in the list, but no yes is on record here');
  return true;
}

const stop = (turn: ParticipantTurn, { book, number }: Place, reason: string): void => {
  turn.effect({ type: 'stop', place: { book, number }, reason });
};
