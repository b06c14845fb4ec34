// People's votes, in books whose votes are manual. A person's vote and acknowledgement belong to ballot 1: whoever holds
// the participant's seat is asked, and the coordinator's request is answered with what the person says.
//
// - The first vote that is forced counts; a double, late or superseded one is refused with the state.
// - The pre-commit is forced at once; the person's acknowledgement only releases the participant's.
// - Recovery asks processes, never people: a participant that is asked for its state before its person has voted aborts.
// - Nothing here is durable. After a restart the coordinator's deadline, or a recovery, settles what a person was asked.
import type { Ballot, Begin, PersonalAnswer, Place } from '@parley/contracts';
import { FIRST_BALLOT, compareBallots } from './ballot.js';
import type { ParticipantTransaction } from './book.js';
import type { ParticipantTurn } from './participant-turn.js';

/** Asks a person for the vote, or adds one more request that the vote will answer. */
export function askForVote(
  turn: ParticipantTurn,
  begin: Begin,
  transaction: ParticipantTransaction,
  { reply, epoch, until }: { reply: number; epoch: number; until: number },
): void {
  const place = { book: begin.book, number: begin.number };
  const isAsked = transaction.person !== null;
  const replies = [...(transaction.person?.replies ?? []), reply];
  turn.note(place, {
    ...transaction,
    digest: begin.digest,
    votes: 'manual',
    person: { kind: 'vote', replies, epoch, until },
  });
  if (isAsked) return;
  turn.effect({ type: 'ask-person', kind: 'vote', place, begin, deadline: until });
  const { createdAt, timeouts } = begin;
  turn.effect({ type: 'wait', wait: 'vote-request', place, until: createdAt + timeouts.voteRequestMs });
}

/** Whether a proposal of this ballot is acknowledged by a person, who has not done so yet. */
export const needsPerson = ({ votes, acknowledged }: ParticipantTransaction, ballot: Ballot): boolean =>
  votes === 'manual' && !acknowledged && compareBallots(ballot, FIRST_BALLOT) === 0;

/** Asks a person for the acknowledgement of a pre-commit that is on record. */
export function askForAcknowledgement(
  turn: ParticipantTurn,
  place: Place,
  transaction: ParticipantTransaction,
  { reply, until }: { reply: number; until: number },
): void {
  const isAsked = transaction.person !== null;
  const replies = [...(transaction.person?.replies ?? []), reply];
  turn.note(place, { ...transaction, person: { kind: 'acknowledgement', replies, epoch: 1, until } });
  if (!isAsked) turn.effect({ type: 'ask-person', kind: 'acknowledgement', place, begin: null, deadline: until });
}

/** A person votes. `begin` is what the person was asked about; null when nothing is asked any more. */
export function personVoted(
  turn: ParticipantTurn,
  { reply, place, vote, begin }: { reply: number; place: Place; vote: 'commit' | 'abort'; begin: Begin | null },
): void {
  const known = turn.transaction(place);
  const asked = known?.person;
  if (known === undefined || asked?.kind !== 'vote' || begin?.digest !== known.digest)
    return refuse(turn, reply, place, reasonAgainstVote(known));
  const { list, protocol, digest } = known;
  if (vote === 'commit') turn.append({ kind: 'voted-yes', list, epoch: asked.epoch, begin });
  else turn.abortAlone({ ...place, list, protocol, digest }, 'person', FIRST_BALLOT, begin);
  turn.waitForDecision(place, known, { until: asked.until });
  answer(turn, reply, place, { taken: true, state: turn.transaction(place)?.state ?? null });
}

/** A person acknowledges the pre-commit. */
export function personAcknowledged(turn: ParticipantTurn, { reply, place }: { reply: number; place: Place }): void {
  const known = turn.transaction(place);
  const asked = known?.person;
  if (known === undefined || asked?.kind !== 'acknowledgement')
    return refuse(turn, reply, place, reasonAgainstAcknowledgement(known));
  turn.note(place, { ...known, person: null, acknowledged: true });
  turn.effect({ type: 'dismiss-person', place });
  for (const to of asked.replies)
    turn.effect({
      type: 'reply',
      to,
      ballot: FIRST_BALLOT,
      proposal: 'pre-commit',
      answers: [{ ...place, answer: 'accepted' }],
    });
  answer(turn, reply, place, { taken: true, state: known.state });
}

type Reason = NonNullable<PersonalAnswer['reason']>;

function reasonAgainstVote(known: ParticipantTransaction | undefined): Reason {
  if (known === undefined) return 'unknown';
  if (known.abortReason === 'person') return 'double';
  if (known.abortReason === 'incomplete') return 'incomplete';
  if (known.decided || known.abortReason === 'person-silent') return 'late';
  if (compareBallots(known.lastElected, FIRST_BALLOT) > 0) return 'superseded';
  if (known.votedYes) return known.votes === 'manual' ? 'double' : 'automatic';
  return known.abortReason === 'policy' ? 'automatic' : 'not-asked';
}

function reasonAgainstAcknowledgement(known: ParticipantTransaction | undefined): Reason {
  if (known === undefined) return 'unknown';
  if (known.decided) return 'late';
  if (compareBallots(known.lastElected, FIRST_BALLOT) > 0) return 'superseded';
  if (known.acknowledged) return 'double';
  return known.votedYes && known.votes === 'automatic' ? 'automatic' : 'not-asked';
}

function refuse(turn: ParticipantTurn, reply: number, place: Place, reason: Reason): void {
  const state = turn.transaction(place)?.state ?? null;
  // What is written stands in the ledger, which the shell can read: it was decided before.
  answer(turn, reply, place, { taken: false, reason: turn.isWritten(place) ? 'late' : reason, state });
}

const answer = (turn: ParticipantTurn, to: number, { book, number }: Place, given: PersonalAnswer): void =>
  turn.effect({ type: 'answer-person', to, place: { book, number }, answer: given });
