// A launcher within a test, whose services are stand-ins.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { launch, type LaunchOptions } from '../launch.js';
import type { Settings } from '../settings.js';
import { StopRequests } from '../stop-requests.js';
import { pidsOf } from './processes.js';
import { Terminal } from './terminal.js';

export const WELCOME = /Parley is ready at (\S+)/;

const standIn = fileURLToPath(new URL('./stand-in.js', import.meta.url));

export class Launching {
  readonly terminal = new Terminal();
  readonly requests = new StopRequests();
  private run: Promise<void> = Promise.resolve();

  private constructor(readonly dataFolder: string) {}

  static async inNewFolder(): Promise<Launching> {
    return new Launching(await mkdtemp(join(tmpdir(), 'parley-launch-')));
  }

  /** What a launcher on this data folder is told: by default two participants, two replicas of the chat and one gateway. */
  options(settings: Partial<Settings> = {}, environment: NodeJS.ProcessEnv = {}): LaunchOptions {
    const { dataFolder, requests, terminal } = this;
    const defaults = {
      participants: 2,
      chatReplicas: 2,
      gateways: 1,
      port: 0,
      dataFolder,
      faults: false,
      restart: true,
    };
    return {
      settings: { ...defaults, ...settings },
      entries: { coordinator: standIn, participant: standIn, chat: standIn, gateway: standIn },
      environment: { PATH: process.env['PATH'], ...environment },
      folder: undefined,
      requests,
      print: terminal.print,
    };
  }

  /** What runs until it is stopped, and rejects when it cannot start. */
  keep(run: Promise<void>): Promise<void> {
    this.run = run;
    return run;
  }

  start(...parameters: Parameters<Launching['options']>): Promise<void> {
    return this.keep(launch(this.options(...parameters)));
  }

  /** Resolves with the processes once all are ready. */
  async started(...parameters: Parameters<Launching['options']>): Promise<Map<string, number>> {
    const running = this.start(...parameters);
    await Promise.race([this.terminal.until(WELCOME), running]);
    return pidsOf(this.dataFolder);
  }

  async stop(): Promise<void> {
    this.requests.request(0);
    await this.run;
  }

  async clear(): Promise<void> {
    this.requests.request(0);
    await this.run.catch(() => undefined); // A test that expects it to fail has looked at it.
    await rm(this.dataFolder, { recursive: true });
  }
}
