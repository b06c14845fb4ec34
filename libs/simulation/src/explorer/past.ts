// Messages that need not be kept. A state without them is the same state, and there are very many of them: most of what is
// in the air at any moment answers a question that nobody asks any more. Without this, three participants and one recovery
// ballot have millions of states instead of thousands.
//
//   past         a reply that has no effect on the one who asked, and never will, whatever happens to it
//   superfluous  a message that can only lead to a decision which is in the air itself: hearing it does to a node what
//                hearing the decision does, and the decision can be heard at any time. Only where nobody crashes any
//                more: what a node has decided itself it may have forced, where it writes what it hears lazily
//
// That this is so is not taken on trust: `reductions.ts` checks it for every node and message of an exploration.
import {
  FIRST_BALLOT,
  compareBallots,
  type CoordinatorState,
  type E3pcRules,
  type ParticipantState,
} from '@parley/commit';
import type { DatedDecision, NumberRange, Outcome, Place, ProtocolAnswer, ProtocolReply } from '@parley/contracts';
import { idOf } from './facts.js';
import type { Message } from './message.js';

type Recoverer = ParticipantState['recoverer'];

/** What a crash leaves of a node. */
export interface Durable {
  readonly counter: number;
  readonly decided: readonly Place[];
}

/** For a participant, which asks in its own recovery ballots only. */
export const isPastForRecoverer = (
  recoverer: Recoverer,
  reply: ProtocolReply,
  durable: Durable,
  rules: E3pcRules,
): boolean => reply.answers.every((answer) => isPastAnswer(recoverer, reply, answer, durable, rules));

export function isPastForCoordinator(
  state: CoordinatorState,
  reply: ProtocolReply,
  durable: Durable,
  rules: E3pcRules,
): boolean {
  const { open, numbers, recoverer } = state;
  if (compareBallots(reply.ballot, FIRST_BALLOT) !== 0) return isPastForRecoverer(recoverer, reply, durable, rules);
  return reply.answers.every((answer) => {
    const phase = open.get(idOf(answer))?.phase;
    if (reply.proposal === undefined) {
      const isVote = answer.answer === 'yes' || answer.answer === 'no';
      const isCounted = phase !== 'beginning' && phase !== 'voting' && (numbers.get(answer.book) ?? 0) >= answer.number;
      return !isVote || isCounted;
    }
    // Its commit is written lazily: a crash may open the transaction again, and acknowledgements of ballot 1 still count.
    const isDecided = durable.decided.some((place) => idOf(place) === idOf(answer));
    return answer.answer !== 'accepted' || (phase === undefined && isDecided);
  });
}

function isPastAnswer(
  recoverer: Recoverer,
  { ballot, proposal }: ProtocolReply,
  answer: ProtocolAnswer,
  durable: Durable,
  rules: E3pcRules,
): boolean {
  const { lastElected } = answer;
  // A greater counter is taken up, and forgotten again in a crash.
  const counter = Math.min(durable.counter, recoverer.counter);
  if (lastElected && lastElected.counter > counter) return false;
  // Whose counter is not forced may begin the same ballot again: nothing that answers it is past.
  if (counter < ballot.counter) return false;
  const running = recoverer.recoveries.get(idOf(answer));
  if (running === undefined || compareBallots(running.ballot, ballot) !== 0) return true;
  if (running.phase === 'backing-off') return true;
  if (proposal === undefined) return !rules.mayEvaluate(running.phase) || answer.state === undefined;
  if (running.phase === 'electing') return false;
  return !rules.isAcknowledged(running.proposal, proposal) || !(answer.answer === 'accepted' || isFinal(answer));
}

const isFinal = ({ state }: ProtocolAnswer): boolean => state === 'committed' || state === 'aborted';

/** For a participant that reads of decided numbers: those that it has decided itself are nothing new. */
export function isPastForReader({ books }: ParticipantState, message: Message): boolean {
  const isDecided = ({ book, number }: Place): boolean => {
    const known = books.get(book);
    return number <= (known?.written ?? 0) || (known?.open.get(number)?.decided ?? null) !== null;
  };
  switch (message.kind) {
    case 'fetched':
      return message.transactions.every(isDecided);
    case 'recorded':
      return message.lines <= (books.get(message.book)?.written ?? 0);
    case 'fetch-request':
      return message.ranges.flatMap(numbersIn).every(isDecided);
    default:
      return false;
  }
}

const numbersIn = ({ book, first, last }: NumberRange): Place[] =>
  Array.from({ length: last - first + 1 }, (_, index) => ({ book, number: first + index }));

/** The node that alone gets something from a message; null when there are several. */
export const onlyFor = ({ kind, from, to }: Message): string | null =>
  kind === 'fetch-request'
    ? from
    : kind === 'reply' || kind === 'fetched' || kind === 'recorded'
      ? (to[0] ?? null)
      : null;

/** A decision of one place. */
export interface Settled {
  readonly place: string;
  readonly outcome: Outcome;
}

/** The decision to which alone a message can lead; undefined when it can do more. */
export function leadsTo(message: Message, rules: E3pcRules): Settled | undefined {
  if (message.kind === 'decision') {
    const told = only(message.transactions);
    return told && isLoneAbort(told.decision) ? { place: idOf(told.subject), outcome: 'aborted' } : undefined;
  }
  const answer = message.kind === 'reply' ? only(message.reply.answers) : undefined;
  if (message.kind !== 'reply' || answer === undefined) return undefined;
  const outcome = outcomeOf(answer, message.reply.proposal, rules);
  return outcome && { place: idOf(answer), outcome };
}

function outcomeOf(
  { answer, state }: ProtocolAnswer,
  proposal: ProtocolReply['proposal'],
  rules: E3pcRules,
): Outcome | undefined {
  if (answer === 'no') return 'aborted';
  if (answer === 'accepted') {
    // Where it counts for whatever is proposed, it may lead to anything.
    if (rules.isAcknowledged('pre-commit', 'pre-abort')) return undefined;
    return proposal === 'pre-abort' ? 'aborted' : 'committed';
  }
  return state === 'aborted' || state === 'committed' ? state : undefined;
}

/** The decision that makes messages which lead to it superfluous: none that anybody may refuse. */
export function settles(message: Message, rules: E3pcRules): Settled | undefined {
  const told = message.kind === 'decision' ? only(message.transactions) : undefined;
  if (told === undefined || rules.mayRefuse('pre-commit', told.decision)) return undefined;
  return { place: idOf(told.subject), outcome: told.decision.outcome };
}

const isLoneAbort = ({ outcome, ballot }: DatedDecision): boolean =>
  outcome === 'aborted' && compareBallots(ballot, FIRST_BALLOT) === 0;

const only = <T>(items: readonly T[]): T | undefined => (items.length === 1 ? items[0] : undefined);
