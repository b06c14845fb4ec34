// The coordinator's parts and how they hang together.
import { join } from 'node:path';
import { Module, type DynamicModule } from '@nestjs/common';
import type { StandardTimeouts } from '@parley/commit';
import type { Bus } from '@parley/messaging';
import { FaultController, Failpoints, Heartbeat } from '@parley/shell';
import type { Logger } from 'pino';
import { Attendance } from './attendance.js';
import { Beginnings } from './begin.js';
import type { CoordinatorVariables } from './config.js';
import { CoordinatorController } from './coordinator.controller.js';
import { COORDINATOR, CoordinatorShell } from './coordinator.shell.js';
import { IdempotencyKeys } from './idempotency.js';

export interface CoordinatorOptions {
  readonly config: CoordinatorVariables;
  readonly bus: Bus;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly fail: (error: Error) => void;
}

@Module({})
export class AppModule {
  static async open({ config, bus, log, signal, fail }: CoordinatorOptions): Promise<DynamicModule> {
    const keys = new IdempotencyKeys();
    const timeouts: StandardTimeouts = {
      automatic: {
        voteRequestMs: config.VOTE_REQUEST_MS,
        voteMs: config.VOTE_MS,
        acknowledgementMs: config.ACKNOWLEDGEMENT_MS,
        decisionMs: config.DECISION_MS,
      },
      manual: {
        voteRequestMs: config.PEOPLE_VOTE_REQUEST_MS,
        voteMs: config.PEOPLE_VOTE_MS,
        acknowledgementMs: config.PEOPLE_ACKNOWLEDGEMENT_MS,
        decisionMs: config.PEOPLE_DECISION_MS,
      },
    };
    const shell = await CoordinatorShell.open({
      folder: config.COORDINATOR_DATA ?? join(config.PARLEY_DATA, COORDINATOR),
      bus,
      log,
      minParticipants: config.MIN_PARTICIPANTS ?? Math.floor(config.PARTICIPANTS / 2) + 1,
      timeouts,
      signal,
      faults: config.PARLEY_FAULTS === '1',
      snapshotBytes: config.SNAPSHOT_BYTES,
      keys,
      fail,
    });
    if (config.PARLEY_FAILPOINT !== undefined) shell.failpoints?.armFromStart(config.PARLEY_FAILPOINT);
    const heartbeat = new Heartbeat(bus, () => ({
      service: 'coordinator',
      node: COORDINATOR,
      nonce: shell.nonce,
      rival: shell.rival,
      ...shell.members,
      decided: shell.decided,
    }));
    return {
      module: AppModule,
      controllers: [CoordinatorController, ...(shell.failpoints ? [FaultController] : [])],
      providers: [
        { provide: CoordinatorShell, useValue: shell },
        { provide: Attendance, useValue: new Attendance(shell, heartbeat) },
        { provide: Beginnings, useValue: new Beginnings(shell, keys) },
        { provide: Heartbeat, useValue: heartbeat },
        ...(shell.failpoints ? [{ provide: Failpoints, useValue: shell.failpoints }] : []),
      ],
    };
  }
}
