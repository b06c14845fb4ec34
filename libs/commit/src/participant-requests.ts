// What a participant answers to the three requests of the protocol. Every answer is held back until all that this
// participant has recorded before it is forced, also when it is given from memory: a duplicate request that overtook
// the forced write of the first would otherwise tell a promise that a crash can still break.
import type { Ballot, Begin, Place, ProtocolAnswer, VoteRequest, Member } from '@parley/contracts';
import { FIRST_BALLOT, NO_BALLOT, compareBallots } from './ballot.js';
import { heardOf, isBinding, type ParticipantTransaction } from './book.js';
import type { ReplyAnswer } from './effects.js';
import { askForAcknowledgement, askForVote, needsPerson } from './participant-people.js';
import { isSame, type ParticipantTurn } from './participant-turn.js';
import { protocols } from './protocols.js';
import type { AbortReason, Subject, Terms } from './records.js';
import type { Proposal } from './rules.js';

/** Ballot 1, step 2: force `waiting` before saying yes, or force `aborted` before saying no. */
export function voteRequested(
  turn: ParticipantTurn,
  request: {
    reply: number;
    epoch: number;
    deadline: number;
    transactions: readonly Begin[];
    open: VoteRequest['open'];
  } & Terms,
): void {
  hearOfOpenNumbers(turn, request.open);
  const inOrder = [...request.transactions].sort((a, b) => a.number - b.number);
  const answers = inOrder.flatMap((begin) => vote(turn, begin, request) ?? []);
  if (answers.length > 0) turn.effect({ type: 'reply', to: request.reply, ballot: FIRST_BALLOT, answers });
}

/** A listed participant is `initial` for the lower numbers that a vote request carries; others learn of them. */
function hearOfOpenNumbers(turn: ParticipantTurn, open: VoteRequest['open']): void {
  for (const { ranges, ...terms } of open) {
    for (const { book, first, last } of ranges) {
      for (let number = Math.max(first, turn.writtenOf(book) + 1); number <= last; number += 1) {
        const place = { book, number };
        const known = turn.transaction(place);
        // Hearsay of a list that does not concern this participant gives way to one that does.
        if (known && (isBinding(known) || turn.isMember(known.list) || !turn.isMember(terms.list))) continue;
        if (!turn.hearOf(place, terms, null)) return;
        if (turn.isMember(terms.list)) turn.effect({ type: 'wait', wait: 'vote-request', place, until: null });
      }
    }
  }
}

/** Who is not listed knows the number from now on, and fetches its line: so it is complete when it is listed again. */
function learnOf(turn: ParticipantTurn, subject: Subject): void {
  if (!turn.isWritten(subject) && !turn.transaction(subject)) turn.hearOf(subject, subject, subject.digest);
}

/** The vote; undefined while a person is asked for it. */
function vote(
  turn: ParticipantTurn,
  begin: Begin,
  { reply, list, protocol, epoch, deadline }: { reply: number; epoch: number; deadline: number } & Terms,
): ReplyAnswer | undefined {
  const place = { book: begin.book, number: begin.number };
  const subject: Subject = { ...place, list, protocol, digest: begin.digest };
  const early = answerWithoutVote(turn, subject);
  if (early?.answer === 'not-member') learnOf(turn, subject);
  if (early) return early;
  const known = turn.known(subject);
  if (known?.votedYes) return { ...place, answer: 'yes' };
  if (known?.state === 'aborted') return { ...place, answer: 'no' };
  const no = reasonForNo(turn, begin, list);
  if (!no && begin.votes === 'manual') {
    askForVote(turn, begin, known ?? heardOf(subject, begin.digest), { reply, epoch, until: deadline });
    return undefined;
  }
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

function reasonForNo(turn: ParticipantTurn, begin: Begin, list: readonly Member[]): AbortReason | undefined {
  if (turn.vote === 'abort') return 'policy';
  // Whose ledger differs from those of a majority is the one that is wrong, and must not vouch for more lines.
  const disagreeing = list.filter(({ name }) => turn.book(begin.book).disagreeing.includes(name));
  if (disagreeing.length >= turn.rules.quorum(list.length)) return 'ledger-differs';
  return turn.rules.isComplete(turn.book(begin.book).known, begin.number) ? undefined : 'incomplete';
}

/** Recovery, step 1: force the promise, or, without a yes on record, force `aborted`; then answer. */
export function statesAsked(
  turn: ParticipantTurn,
  request: {
    reply: number;
    ballot: Ballot;
    transactions: readonly (Place & { digest: string | null })[];
  } & Terms,
): void {
  const { list, protocol } = request;
  const answers = request.transactions.map(({ book, number, digest }) =>
    promise(turn, { book, number, digest, list, protocol }, request.ballot),
  );
  turn.effect({ type: 'reply', to: request.reply, ballot: request.ballot, answers });
}

function promise(turn: ParticipantTurn, subject: Subject, ballot: Ballot): ReplyAnswer {
  const { book, number } = subject;
  const early = answerWithoutVote(turn, subject);
  if (early) return early;
  const known = turn.known(subject) ?? heardOf(subject, subject.digest);
  // Final whatever the ballot: nothing is promised with it, and it needs no second record.
  if (known.state === 'aborted') return { book, number, answer: 'state', state: 'aborted', lastAttempt: NO_BALLOT };
  const { asksByBallot } = protocols[subject.protocol];
  if (asksByBallot && !turn.rules.mayElect(known.lastElected, ballot)) return superseded(subject, known);
  if (!known.votedYes) turn.abortAlone(subject, 'asked-in-recovery', ballot, null);
  else if (asksByBallot) turn.append({ kind: 'elected', book, number, ballot });
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
    ballot: Ballot;
    proposal: Proposal;
    deadline: number;
    transactions: readonly (Place & { digest: string | null })[];
  } & Terms,
): void {
  const { list, protocol, ballot, proposal } = request;
  const answers = request.transactions.flatMap(
    ({ book, number, digest }) => accept(turn, { book, number, digest, list, protocol }, request) ?? [],
  );
  if (answers.length > 0) turn.effect({ type: 'reply', to: request.reply, ballot, proposal, answers });
}

/** The acknowledgement; undefined while a person is asked for it. What it acknowledges is forced before that. */
function accept(
  turn: ParticipantTurn,
  subject: Subject,
  { reply, ballot, proposal, deadline }: { reply: number; ballot: Ballot; proposal: Proposal; deadline: number },
): ReplyAnswer | undefined {
  const { book, number } = subject;
  const early = answerWithoutVote(turn, subject);
  if (early) return early;
  const known = turn.known(subject);
  if (known === undefined || !known.votedYes) {
    // Nothing was promised here, or an abort of one's own stands: the proposal cannot be taken, the abort is told.
    const state = known?.state ?? 'initial';
    return { book, number, answer: 'state', state, ...(known && { lastAttempt: known.lastAttempt }) };
  }
  if (!turn.rules.mayAccept(known.lastElected, ballot)) return superseded(subject, known);
  const isAgain = compareBallots(known.lastAttempt, ballot) === 0;
  if (isAgain && known.state !== proposal) return { book, number, answer: 'mismatch' };
  if (!isAgain) {
    turn.append({ kind: 'accepted', book, number, ballot, proposal });
    turn.waitForDecision(subject, known, { until: deadline });
  }
  const accepted = turn.transaction(subject) ?? known;
  if (!needsPerson(accepted, ballot)) return { book, number, answer: 'accepted' };
  askForAcknowledgement(turn, { book, number }, accepted, { reply, until: deadline });
  return undefined;
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
  if (turn.isAnsweredFromLedger(subject)) return { book, number, answer: 'recorded', digest: subject.digest };
  const known = turn.known(subject);
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
