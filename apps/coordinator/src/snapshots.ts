// The coordinator's snapshot: the numbers that are given, what is open, what is decided and not yet recorded by a majority,
// and the Idempotency-Keys of the last 24 hours.
import type { Recorded } from '@parley/catalogue';
import { coordinatorSnapshot, type Chains, type CommitRecord, type CoordinatorState } from '@parley/commit';
import type { IdempotencyKeys } from './idempotency.js';

/** The records of a snapshot of this state; see `Snapshots` in libs/shell. */
export function snapshotRecords(
  state: CoordinatorState,
  recorded: Recorded,
  { chains, keys, newestAt }: { chains: Chains; keys: IdempotencyKeys; newestAt: number },
): () => Promise<Iterable<CommitRecord>> {
  // Taken now: what is appended later stands after the snapshot. A key that is used meanwhile may be in both.
  const kept = recorded.catalogue.records;
  const chained = chains.kept.map((mark): CommitRecord => ({ kind: 'chained', ...mark }));
  return () =>
    Promise.resolve(
      (function* () {
        yield* chained;
        // Before the open transactions, whose `begin` holds later keys: the oldest first.
        for (const use of keys.settled) yield { kind: 'used-key', ...use } as const;
        yield* coordinatorSnapshot(state, kept, newestAt);
      })(),
    );
}
