// The life of a service process: start, tell the launcher, serve, stop in order.
//
//   starting --start resolves--> serving --SIGTERM, SIGINT, channel closed--> stopping --> exit 0
//       |                           |                                            |
//       +--- start rejects ---------+--- fail(), uncaught exception -------------+--- deadline, second signal --> exit 1
//
// A signal while it starts aborts `signal`; what `start` still brings up is stopped.
import type { Logger } from 'pino';
import { logLevels, type LogLevel } from './config.js';
import { failureCode, type ServiceFailure } from './failure.js';
import { tellLauncher } from './launcher-channel.js';
import { createLogger } from './logger.js';

const stopDeadlineMs = 10_000;

/** What a service starts with. */
export interface Start {
  readonly log: Logger;
  readonly environment: NodeJS.ProcessEnv;
  /** Aborts when the service is told to stop before it has started. */
  readonly signal: AbortSignal;
  /** From when a service takes part in logical time: its log tells Lamport’s time with each line. */
  readonly keepTime: (lamport: () => number) => void;
  /** The service cannot go on: logged, told to the launcher, exit code 1 at once, without `stop`. */
  readonly fail: (failure: ServiceFailure) => void;
}

/** A service that serves. */
export interface Running {
  /** Where it is reached, as `http://127.0.0.1:7070`, if it has an address. */
  readonly address?: string;
  /** Stops in order: takes no more, finishes what is under way, closes. */
  stop(): Promise<void>;
}

export interface ServiceOptions {
  /** Stands in each line of the log. */
  readonly name: string;
  readonly start: (start: Start) => Promise<Running>;
  /** How long an orderly stop may take, 10 s when absent. After that the exit code is 1. */
  readonly stopWithinMs?: number;
}

const levelOf = (environment: NodeJS.ProcessEnv): LogLevel =>
  logLevels.find((level) => level === environment['LOG_LEVEL']) ?? 'info';

class ServiceProcess {
  readonly #log: Logger;
  readonly #abort = new AbortController();
  #running: Promise<Running> | undefined;
  #lamport: (() => number) | undefined;
  #stopping = false;
  #ended = false;

  constructor(private readonly options: ServiceOptions) {
    this.#log = createLogger(options.name, levelOf(process.env), {}, undefined, () => this.#lamport?.());
  }

  async run(): Promise<void> {
    process.on('uncaughtException', (error) => void this.#fail(error, 'an exception was not caught'));
    process.on('unhandledRejection', (reason) => void this.#fail(reason, 'a rejected promise was not handled'));
    process.on('SIGTERM', () => this.#told('SIGTERM'));
    process.on('SIGINT', () => this.#told('SIGINT'));
    process.on('disconnect', () => this.#told('its launcher going away'));
    this.#running = this.#start();
    try {
      const { address } = await this.#running;
      if (!this.#stopping) {
        await tellLauncher({ type: 'ready', ...(address !== undefined && { address }) });
        this.#log.info({ ...(address !== undefined && { address }) }, 'ready');
      }
    } catch (error) {
      if (!this.#stopping) {
        await this.#fail(error, 'the service cannot start');
      }
    }
  }

  async #start(): Promise<Running> {
    return this.options.start({
      log: this.#log,
      environment: process.env,
      signal: this.#abort.signal,
      keepTime: (lamport) => (this.#lamport = lamport),
      fail: (failure) => void this.#fail(failure, 'the service cannot go on'),
    });
  }

  #told(by: string): void {
    if (this.#stopping) {
      this.#log.warn(`stopping at once: told again, by ${by}`);
      this.#exit(1);
      return;
    }
    this.#stopping = true;
    this.#log.info(`stopping: told by ${by}`);
    this.#abort.abort();
    const limitMs = this.options.stopWithinMs ?? stopDeadlineMs;
    setTimeout(() => {
      this.#log.error(`not stopped within ${String(limitMs)} ms: exiting without order`);
      this.#exit(1);
    }, limitMs).unref();
    void this.#stop();
  }

  async #stop(): Promise<void> {
    let running: Running | undefined;
    try {
      running = await this.#running;
    } catch (error) {
      this.#log.debug({ err: error }, 'the start was broken off');
    }
    try {
      await running?.stop();
    } catch (error) {
      await this.#fail(error, 'the service did not stop in order');
      return;
    }
    this.#log.info('stopped');
    this.#exit(0);
  }

  async #fail(error: unknown, what: string): Promise<void> {
    if (this.#ended) {
      this.#log.error({ err: error }, `${what}, while the process was ending`);
      return;
    }
    this.#ended = true;
    const code = failureCode(error);
    this.#log.fatal({ code, err: error }, what);
    await tellLauncher({ type: 'failed', code, message: error instanceof Error ? error.message : String(error) });
    process.exit(1);
  }

  #exit(code: number): void {
    if (!this.#ended) {
      this.#ended = true;
      process.exit(code);
    }
  }
}

/** Runs a service as this process's purpose. Resolves when it is ready or on its way out; the process ends by itself. */
export const runService = (options: ServiceOptions): Promise<void> => new ServiceProcess(options).run();
