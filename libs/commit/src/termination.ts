// How a node that asks the others decides in 2pc and 3pc, where asking is no ballot: nobody promises anything by answering.
//
// 3pc (Skeen 1981, with time-outs): any committed or pre-commit means commit; otherwise, when all have answered or their
// time is up, abort. As nobody is bound by an answer, a message that was only late may then lead to the other outcome.
// 2pc: only what somebody knows, or an abort that somebody has forced because it had not voted yes, decides; otherwise wait.
import type { DecisionRule, Outcome, ProtocolName } from '@parley/contracts';
import type { Answer } from './rules.js';

export interface Found {
  readonly outcome: Outcome;
  readonly rule: DecisionRule;
}

/** What the answers decide; undefined while more may come (`isOver` false), or when they decide nothing. */
export function foundBy(
  protocol: Exclude<ProtocolName, 'e3pc'>,
  answers: readonly Answer[],
  isOver: boolean,
): Found | undefined {
  const states = new Set(answers.map(({ state }) => state));
  if (states.has('committed')) return { outcome: 'committed', rule: 'asked-found-committed' };
  if (protocol === '3pc' && states.has('pre-commit')) return { outcome: 'committed', rule: 'asked-found-pre-commit' };
  if (states.has('aborted')) return { outcome: 'aborted', rule: 'asked-found-aborted' };
  if (protocol === '3pc' && isOver && answers.length > 0)
    return { outcome: 'aborted', rule: 'asked-found-no-pre-commit' };
  return undefined;
}
