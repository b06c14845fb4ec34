// Which effects of a step are events for whoever watches, and what is told of them. Pure.
import { transactionId, type EventContent, type Member, type Place } from '@parley/contracts';
import type { Outgoing } from './shell.js';

/** What is told when the effect is performed; undefined when nothing is. */
export function eventOf(effect: Outgoing): EventContent | undefined {
  switch (effect.type) {
    case 'confirm-begin': {
      const begun = effect.results.flatMap((result) => ('begun' in result ? [named(result.begun)] : []));
      return begun.length === 0 ? undefined : { type: 'transaction.begun', transactions: begun };
    }
    case 'ask-votes':
      return {
        type: 'votes.asked',
        participants: names(effect.list),
        transactions: effect.transactions.map(named),
      };
    case 'ask-states':
      return {
        type: 'recovery.begun',
        ballot: effect.ballot,
        participants: names(effect.list),
        transactions: effect.transactions.map(named),
      };
    case 'propose':
      return {
        type: 'proposal.made',
        ballot: effect.ballot,
        proposal: effect.proposal,
        participants: names(effect.list),
        transactions: effect.transactions.map(named),
      };
    case 'announce':
      return {
        type: 'decision.announced',
        transactions: effect.transactions.map(({ subject, decision: { outcome, rule, decidedBy } }) => ({
          ...named(subject),
          outcome,
          rule,
          decidedBy,
        })),
      };
    case 'reply':
      return ofReply(effect);
    case 'ask-person':
      return {
        type: effect.kind === 'vote' ? 'vote.requested' : 'ack.requested',
        transactions: [{ ...named(effect.place), deadline: effect.deadline }],
      };
    case 'tell-divergence':
      return {
        type: 'report.made',
        what: 'another participant has something else on record: compare the ledgers',
        transactions: [named(effect.place)],
      };
    case 'report':
      return {
        type: 'report.made',
        what: effect.what.slice(0, 200),
        transactions: effect.place ? [named(effect.place)] : [],
      };
    case 'alarm':
      return { type: 'alarm.raised', what: effect.what.slice(0, 500), transactions: [] };
    // Lines are told when they are written, which takes its time; the others concern this node alone.
    case 'write-lines':
    case 'confirm-leave':
    case 'dismiss-person':
    case 'answer-person':
    case 'fetch':
    case 'wait':
    case 'rest':
    case 'confirm-start':
    case 'attend':
    case 'name-diverged':
    case 'stop':
      return undefined;
    default:
      return effect satisfies never;
  }
}

/** Lines are written to this participant's ledger. */
export function linesWritten({ book, first, lines }: Extract<Outgoing, { type: 'write-lines' }>): EventContent {
  const transactions = lines.map(({ outcome }, index) => ({ ...named({ book, number: first + index }), outcome }));
  return { type: 'transaction.recorded', transactions };
}

function ofReply({ ballot, proposal, answers }: Extract<Outgoing, { type: 'reply' }>): EventContent | undefined {
  if (answers.length === 0) return undefined;
  const answered = answers.map((answer) => ({ ...named(answer), answer: answer.answer }));
  if (proposal !== undefined) return { type: 'proposal.answered', ballot, proposal, transactions: answered };
  if (ballot.counter === 1) return { type: 'vote.given', transactions: answered };
  const states = answers.map((answer) => ({
    ...named(answer),
    answer: answer.answer,
    ...('state' in answer && answer.state !== undefined && { state: answer.state }),
  }));
  return { type: 'state.answered', ballot, transactions: states };
}

export const named = ({ book, number }: Place): { id: string } => ({ id: transactionId({ book, number }) });

const names = (list: readonly Member[]): string[] => list.map(({ name }) => name);
