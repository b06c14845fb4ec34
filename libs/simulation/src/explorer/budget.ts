// What may still go wrong in an exploration: its bound, less what has gone wrong on the way to a state.
import type { Step } from './catalogue.js';

/** What may still happen within the bound. */
export interface Budget {
  readonly crashes: number;
  readonly ballots: number;
  readonly losses: number;
  /** Transactions proposed so far. */
  readonly proposed: number;
}

/** What the bound leaves after a step; undefined when it does not allow the step. */
export function spend(budget: Budget, { action, ballots }: Step): Budget | undefined {
  const left = {
    ballots: budget.ballots - ballots,
    crashes: budget.crashes - (action.type === 'crash' ? 1 : 0),
    losses: budget.losses - (action.type === 'lose-journal' ? 1 : 0),
    proposed: budget.proposed + (action.type === 'propose' ? 1 : 0),
  };
  if (action.type === 'propose' && action.transaction !== budget.proposed) return undefined;
  if (left.ballots < 0 || left.crashes < 0 || left.losses < 0) return undefined;
  const isSame = left.ballots === budget.ballots && left.crashes === budget.crashes && left.losses === budget.losses;
  return isSame && left.proposed === budget.proposed ? budget : left;
}
