// What a replica looks after every so often, one round at a time.
import { BusError, Refusal } from '@parley/messaging';
import type { Logger } from 'pino';

interface Course {
  readonly everyMs: number;
  /** What is not done while the store cannot be asked, as a sentence for the log. */
  readonly undone: string;
  readonly log: Logger;
}

export abstract class Rounds {
  private timer: NodeJS.Timeout | undefined;
  private isLooking = false;

  constructor(private readonly course: Course) {}

  /** Looks after all once. */
  protected abstract round(): Promise<void>;

  start(): void {
    this.timer = setInterval(() => void this.look(), this.course.everyMs);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** Looks after all, unless that is being done. What the store cannot tell now, it is asked next time. */
  async look(): Promise<void> {
    if (this.isLooking) return;
    this.isLooking = true;
    const { undone, log } = this.course;
    try {
      await this.round();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      log.warn({ reason: error.detail }, undone);
    } finally {
      this.isLooking = false;
    }
  }

  /**
   * Does a part of a round. What stands in the store against its contract is told in the log, and keeps nobody from looking after
   * the rest.
   *
   * @returns undefined when it could not be done for that
   */
  protected async part<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof BusError)) throw error;
      this.course.log.error({ err: error }, this.course.undone);
      return undefined;
    }
  }
}
