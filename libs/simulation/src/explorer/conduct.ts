// How the nodes of an exploration behave: as production does, or with one thing wrong, for tests that the explorer finds it.
import {
  Outbox,
  e3pcRules,
  type CommitRecord,
  type CoordinatorInput,
  type CoordinatorState,
  type E3pcRules,
  type Effect,
} from '@parley/commit';
import type { Begin, DecidedTransaction } from '@parley/contracts';

export interface Conduct {
  readonly rules: E3pcRules;
  /** What holds messages back until records are forced. */
  readonly newOutbox: () => Pick<Outbox, 'take' | 'forced' | 'length'>;
  /** Whether a record that must be forced is written lazily all the same. */
  readonly isUnforced: (record: CommitRecord) => boolean;
  /** What a node does instead of what its step wants. */
  readonly effect: (effect: Effect) => readonly Effect[];
  /** What a participant answers that is asked for lines, instead of those that its journal has. */
  readonly tells: (transactions: readonly DecidedTransaction[], name: string) => readonly DecidedTransaction[];
  /** The logId of a participant that has lost its journal for the n-th time. */
  readonly logIdAfterLoss: (losses: number, name: string) => string;
  /** How a coordinator that has replayed its journal takes up its work. */
  readonly resume: (
    state: CoordinatorState,
    begun: readonly Begin[],
  ) => { state: CoordinatorState; input: CoordinatorInput };
}

export const production: Conduct = {
  rules: e3pcRules,
  newOutbox: () => new Outbox(),
  isUnforced: () => false,
  effect: (effect) => [effect],
  tells: (transactions) => transactions,
  logIdAfterLoss: (losses, name) => `journal ${String(losses + 1)} of ${name}`,
  resume: (state) => ({ state, input: { type: 'restarted' } }),
};
