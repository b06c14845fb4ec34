// What a coordinator finds in its journal when it starts.
import { Recorded, nextDigest, noArchive } from '@parley/catalogue';
import {
  Chains,
  newCoordinator,
  replayCoordinator,
  type CoordinatorRecord,
  type CoordinatorState,
} from '@parley/commit';
import type { Logger } from 'pino';
import type { IdempotencyKeys } from './idempotency.js';

export interface OpeningOptions {
  readonly node: string;
  readonly folder: string;
  readonly minParticipants: number;
  /** Bytes that are appended to the journal before it is cut. */
  readonly snapshotBytes: number;
  readonly keys: IdempotencyKeys;
  readonly log: Logger;
  readonly fail: (error: Error) => void;
}

export interface Opened {
  readonly recorded: Recorded;
  readonly state: CoordinatorState;
  readonly chains: Chains;
  /** When the newest transaction began, ms since the epoch; 0 when there is none. */
  readonly newestAt: number;
}

/** Rejects with a JournalError when the journal cannot be trusted. */
export async function openCoordinator({
  node,
  folder,
  minParticipants,
  snapshotBytes,
  keys,
  log,
  fail,
}: OpeningOptions): Promise<Opened> {
  let state = newCoordinator(node, minParticipants);
  let newestAt = 0;
  const chains = new Chains(nextDigest);
  const recorded = await Recorded.open<CoordinatorRecord>({
    folder,
    archive: noArchive,
    snapshotBytes,
    replay: (records, catalogue) => {
      state = replayCoordinator(state, records);
      for (const record of records) {
        switch (record.kind) {
          case 'begun':
            keys.use(record.begin.idempotency, record.begin.createdAt, Promise.resolve(record.begin));
            newestAt = Math.max(newestAt, record.begin.createdAt);
            break;
          case 'decided':
            chains.decided(
              record,
              record.decision.outcome === 'committed' ? (catalogue.begun(record)?.value ?? '') : '',
            );
            break;
          case 'numbered':
            newestAt = Math.max(newestAt, record.newestAt);
            break;
          case 'chained':
            chains.resume(record.book, record.lines, record.digest);
            break;
          case 'used-key': {
            const { key, body, createdAt, book, number } = record;
            keys.use({ key, body }, createdAt, Promise.resolve({ book, number }));
            break;
          }
          case 'counter':
          case 'diverged':
          case 'start-nonces':
          case 'registered':
          case 'leaving':
          case 'left':
            break;
          default:
            record satisfies never;
        }
      }
    },
    onFailure: fail,
  });
  const { repaired } = recorded.journal;
  if (repaired) log.warn({ ...repaired }, 'the end of the journal was torn by a crash and was cut');
  return { recorded, state, chains, newestAt };
}
