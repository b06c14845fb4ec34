// What a participant answers to the three requests of the protocol. Every answer is held back until all that this
// participant has recorded before it is forced, also when it is given from memory: a duplicate request that overtook
// the forced write of the first would otherwise tell a promise that a crash can still break.
import type { Ballot, Begin, Member, Place, ProtocolAnswer, VoteRequest } from '@parley/contracts';
import { FIRST_BALLOT, NO_BALLOT, compareBallots } from './ballot.js';
import { heardOf, isCompleteFor, put, type ParticipantTransaction } from './book.js';
import { sameList, type ReplyAnswer } from './effects.js';
import type { ParticipantTurn } from './participant-turn.js';
import type { AbortReason, Subject } from './records.js';
import type { Proposal } from './rules.js';

/** Ballot 1, step 2: force `waiting` before saying yes, or force `aborted` before saying no. */
export function voteRequested(
  turn: ParticipantTurn,
  request: {
    reply: number;
    epoch: number;
    list: readonly Member[];
    deadline: number;
    transactions: readonly Begin[];
    open: VoteRequest['open'];
  },
): void {
  hearOfOpenNumbers(turn, request.open);
  const inOrder = [...request.transactions].sort((a, b) => a.number - b.number);
  const answers = inOrder.map((begin) => vote(turn, begin, request));
  turn.effect({ type: 'reply', to: request.reply, ballot: FIRST_BALLOT, answers });
}

/** A listed participant is `initial` for the lower numbers that a vote request carries; others learn of them. */
function hearOfOpenNumbers(turn: ParticipantTurn, open: VoteRequest['open']): void {
  for (const { list, ranges } of open) {
    for (const { book, first, last } of ranges) {
      for (let number = Math.max(first, turn.book(book).written + 1); number <= last; number += 1) {
        const place = { book, number };
        if (turn.transaction(place)) continue;
        put(turn.book(book), number, heardOf(list, null));
        if (turn.isMember(list)) turn.effect({ type: 'wait', wait: 'vote-request', place });
      }
    }
  }
}

function vote(
  turn: ParticipantTurn,
  begin: Begin,
  { list, epoch, deadline }: { list: readonly Member[]; epoch: number; deadline: number },
): ReplyAnswer {
  const place = { book: begin.book, number: begin.number };
  const subject: Subject = { ...place, list, digest: begin.digest };
  const early = answerWithoutVote(turn, subject);
  if (early) return early;
  const known = turn.transaction(place);
  if (known?.votedYes) return { ...place, answer: 'yes' };
  if (known?.state === 'aborted') return { ...place, answer: 'no' };
  const no = reasonForNo(turn, begin);
  if (no) {
    if (no === 'incomplete') turn.fetchUpTo(begin.book, begin.number - 1);
    turn.abortAlone(subject, no, FIRST_BALLOT, begin);
  } else {
    turn.append({ kind: 'voted-yes', list, epoch, begin });
  }
  const voted = turn.transaction(place);
  if (voted) turn.waitForDecision(place, voted, { until: deadline });
  return { ...place, answer: no ? 'no' : 'yes' };
}

function reasonForNo(turn: ParticipantTurn, begin: Begin): AbortReason | undefined {
  if (turn.vote === 'abort') return 'policy';
  return isCompleteFor(turn.book(begin.book), begin.number) ? undefined : 'incomplete';
}

/** Recovery, step 1: force the promise, or, without a yes on record, force `aborted`; then answer. */
export function statesAsked(
  turn: ParticipantTurn,
  request: {
    reply: number;
    list: readonly Member[];
    ballot: Ballot;
    transactions: readonly (Place & { digest: string | null })[];
  },
): void {
  const answers = request.transactions.map(({ book, number, digest }) =>
    promise(turn, { book, number, digest, list: request.list }, request.ballot),
  );
  turn.effect({ type: 'reply', to: request.reply, ballot: request.ballot, answers });
}

function promise(turn: ParticipantTurn, subject: Subject, ballot: Ballot): ReplyAnswer {
  const { book, number } = subject;
  const early = answerWithoutVote(turn, subject);
  if (early) return early;
  const known = turn.transaction(subject) ?? heardOf(subject.list, subject.digest);
  // Final whatever the ballot: nothing is promised with it, and it needs no second record.
  if (known.state === 'aborted') return { book, number, answer: 'state', state: 'aborted', lastAttempt: NO_BALLOT };
  if (!turn.rules.mayElect(known.lastElected, ballot)) return superseded(subject, known);
  if (known.votedYes) turn.append({ kind: 'elected', book, number, ballot });
  else turn.abortAlone(subject, 'asked-in-recovery', ballot, null);
  const promised = turn.transaction(subject) ?? known;
  // Whoever was promised gets time to decide before this participant tries.
  turn.waitForDecision(subject, promised);
  return { book, number, answer: 'state', state: promised.state, lastAttempt: promised.lastAttempt };
}

/** Ballot 1, step 3, and recovery, step 4: accept the ballot's value if no later ballot was promised. */
export function proposed(
  turn: ParticipantTurn,
  request: {
    reply: number;
    list: readonly Member[];
    ballot: Ballot;
    proposal: Proposal;
    deadline: number;
    transactions: readonly (Place & { digest: string | null })[];
  },
): void {
  const { ballot, proposal } = request;
  const answers = request.transactions.map(({ book, number, digest }) =>
    accept(turn, { book, number, digest, list: request.list }, request),
  );
  turn.effect({ type: 'reply', to: request.reply, ballot, proposal, answers });
}

function accept(
  turn: ParticipantTurn,
  subject: Subject,
  { ballot, proposal, deadline }: { ballot: Ballot; proposal: Proposal; deadline: number },
): ReplyAnswer {
  const { book, number } = subject;
  const early = answerWithoutVote(turn, subject);
  if (early) return early;
  const known = turn.transaction(subject);
  if (known === undefined || !known.votedYes) {
    // Nothing was promised here, or an abort of one's own stands: the proposal cannot be taken, the abort is told.
    const state = known?.state ?? 'initial';
    return { book, number, answer: 'state', state, ...(known && { lastAttempt: known.lastAttempt }) };
  }
  if (!turn.rules.mayAccept(known.lastElected, ballot)) return superseded(subject, known);
  if (compareBallots(known.lastAttempt, ballot) === 0) {
    const again: ProtocolAnswer['answer'] = known.state === proposal ? 'accepted' : 'mismatch';
    return { book, number, answer: again };
  }
  turn.append({ kind: 'accepted', book, number, ballot, proposal });
  turn.waitForDecision(subject, known, { until: deadline });
  return { book, number, answer: 'accepted' };
}

const superseded = ({ book, number }: Place, { lastElected }: ParticipantTransaction): ProtocolAnswer => ({
  book,
  number,
  answer: 'superseded',
  lastElected,
});

/** The answers that do not depend on the ballot: not listed, decided already, or known as something else. */
function answerWithoutVote(turn: ParticipantTurn, subject: Subject): ReplyAnswer | undefined {
  const { book, number } = subject;
  if (!turn.isMember(subject.list)) return { book, number, answer: 'not-member' };
  if (turn.isWritten(subject)) return { book, number, answer: 'recorded' };
  const known = turn.transaction(subject);
  if (known === undefined) return undefined;
  if (known.decided) return { book, number, answer: 'decided', state: known.state, lastAttempt: known.lastAttempt };
  if (isSame(known, subject)) return undefined;
  turn.effect({
    type: 'report',
    place: { book, number },
    what: 'asked about with another list or value than is on record',
  });
  return { book, number, answer: 'mismatch' };
}

export const isSame = (known: ParticipantTransaction, { list, digest }: Subject): boolean =>
  sameList(known.list, list) && (known.digest === null || digest === null || known.digest === digest);
