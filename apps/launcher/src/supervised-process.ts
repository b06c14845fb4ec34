import { rm, writeFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { backOffMs, deathsInARow } from './back-off.js';
import type { Instance, InstanceExit, Program } from './instance.js';

/** What becomes of a process, for those who watch. */
export interface ProcessReports {
  ready(program: Program, pid: number, address: string | undefined): void;
  /** @param restartMs the delay until it is started again in ms; undefined when it is not */
  ended(program: Program, exit: InstanceExit, restartMs: number | undefined): void;
  /** A restart did not succeed. */
  failed(program: Program, error: unknown, restartMs: number): void;
}

interface Options {
  readonly pidFile: string;
  readonly restart: boolean;
  readonly reports: ProcessReports;
}

/** A program that is kept running: one that dies is started again, with a back-off, until it is told to stop. */
export class SupervisedProcess {
  readonly #program: Program;
  readonly #options: Options;
  readonly #stopping = new AbortController();
  #instance: Instance | undefined;
  #kept: Promise<void> = Promise.resolve();
  #hurried = false;

  constructor(program: Program, options: Options) {
    this.#program = program;
    this.#options = options;
  }

  /**
   * Starts the program, and keeps it running from then on.
   *
   * @returns its address, if it has one, when it is ready
   * @throws what kept it from being ready; then nothing is left running
   */
  start(): Promise<string | undefined> {
    const started = this.#start();
    // stop() waits for this, also while the start is under way; a start that fails is its caller's to report.
    this.#kept = started.then(
      ({ instance }) => this.#keep(instance),
      () => undefined,
    );
    return started.then(({ address }) => address);
  }

  /** Ends the program in order, whatever it is doing. Resolved when nothing of it runs any more. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#end();
    await this.#kept;
  }

  /** Makes a stop() that is under way, or to come, a kill. */
  hurry(): void {
    this.#hurried = true;
    if (this.#isStopping()) this.#end();
  }

  #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  #end(): void {
    if (this.#hurried) this.#instance?.kill();
    else this.#instance?.stop();
  }

  async #start(): Promise<{ instance: Instance; address: string | undefined }> {
    const instance = await this.#program.start();
    this.#instance = instance;
    if (this.#isStopping()) this.#end();
    const written = writeFile(this.#options.pidFile, `${instance.pid}\n`);
    try {
      const [{ address }] = await Promise.all([instance.ready, written]);
      if (!this.#isStopping()) this.#options.reports.ready(this.#program, instance.pid, address);
      return { instance, address };
    } catch (error) {
      instance.stop();
      await Promise.allSettled([written]); // So that the file is not removed first and written then.
      await this.#ended(instance);
      throw error;
    }
  }

  async #ended(instance: Instance): Promise<InstanceExit> {
    const exit = await instance.exited;
    this.#instance = undefined;
    await rm(this.#options.pidFile, { force: true });
    return exit;
  }

  async #keep(first: Instance): Promise<void> {
    let deaths = 0;
    for (let instance: Instance | undefined = first; instance;) {
      const since = performance.now();
      const exit = await this.#ended(instance);
      if (this.#isStopping()) return;
      deaths = deathsInARow(deaths, performance.now() - since);
      const restartMs = this.#options.restart ? backOffMs(deaths) : undefined;
      this.#options.reports.ended(this.#program, exit, restartMs);
      instance = restartMs === undefined ? undefined : await this.#restart(deaths);
    }
  }

  /** Tries until the program is ready again; undefined when it was told to stop meanwhile. */
  async #restart(deaths: number): Promise<Instance | undefined> {
    for (let attempt = deaths; ; attempt += 1) {
      await wait(backOffMs(attempt), undefined, { signal: this.#stopping.signal }).catch(() => undefined);
      if (this.#isStopping()) return undefined;
      try {
        return (await this.#start()).instance;
      } catch (error) {
        if (this.#isStopping()) return undefined;
        this.#options.reports.failed(this.#program, error, backOffMs(attempt + 1));
      }
    }
  }
}
