// A participant's parts and how they hang together.
import { join } from 'node:path';
import { Module, type DynamicModule } from '@nestjs/common';
import type { Bus } from '@parley/messaging';
import { FaultController, Failpoints, Heartbeat } from '@parley/shell';
import type { Logger } from 'pino';
import type { ParticipantVariables } from './config.js';
import { ParticipantController } from './participant.controller.js';
import { ParticipantShell } from './participant.shell.js';
import { PeopleController } from './people.controller.js';

export interface ParticipantOptions {
  readonly config: ParticipantVariables;
  readonly bus: Bus;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly fail: (error: Error) => void;
}

@Module({})
export class AppModule {
  static async open({ config, bus, log, signal, fail }: ParticipantOptions): Promise<DynamicModule> {
    const name = config.PARTICIPANT_NAME;
    const shell = await ParticipantShell.open({
      name,
      folder: config.PARTICIPANT_DATA ?? join(config.PARLEY_DATA, name),
      vote: config.PARTICIPANT_VOTE,
      faults: config.PARLEY_FAULTS === '1',
      snapshotBytes: config.SNAPSHOT_BYTES,
      bus,
      log,
      signal,
      fail,
    });
    if (config.PARLEY_FAILPOINT !== undefined) shell.failpoints?.armFromStart(config.PARLEY_FAILPOINT);
    const heartbeat = new Heartbeat(bus, () => ({
      service: 'participant',
      node: name,
      logId: shell.self.logId,
      nonce: shell.nonce,
      rival: shell.rival,
      doubled: shell.rival !== undefined,
      complete: shell.complete,
      ledgers: shell.held,
    }));
    return {
      module: AppModule,
      controllers: [ParticipantController, PeopleController, ...(shell.failpoints ? [FaultController] : [])],
      providers: [
        { provide: ParticipantShell, useValue: shell },
        { provide: Heartbeat, useValue: heartbeat },
        ...(shell.failpoints ? [{ provide: Failpoints, useValue: shell.failpoints }] : []),
      ],
    };
  }
}
