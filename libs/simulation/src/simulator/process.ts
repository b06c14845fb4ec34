// A process as the operating system sees it: it starts, is killed, is frozen and thawed, and what it has put off ends with
// it. Its timers and its messages reach it only while it lives, and after a freeze all that came meanwhile.
import type { Clock } from '@parley/commit';
import type { Agenda } from './agenda.js';

export abstract class SimulatedProcess {
  isUp = false;
  /** By how much its clock is ahead, ms. */
  skewMs = 0;
  readonly clock: Clock;
  /** Grows with each death: what an earlier life began is over. */
  private life = 0;
  /** What waits for the end of a freeze; null when the process runs. */
  private frozen: (() => void)[] | null = null;

  constructor(
    readonly name: string,
    private readonly agenda: Agenda,
  ) {
    this.clock = {
      now: () => this.agenda.now + this.skewMs,
      after: (delayMs, action) => this.after(delayMs, action),
    };
  }

  /** Calls `action` after so many ms of this life. */
  after(delayMs: number, action: () => void): () => void {
    const isAlive = this.lifeline();
    return this.agenda.after(delayMs, () => {
      if (isAlive()) this.receive(action);
    });
  }

  /** Tells, from now on, whether the process still lives. */
  lifeline(): () => boolean {
    const { life } = this;
    return () => this.isUp && this.life === life;
  }

  /** Hands something over: at once, after the freeze, or never. */
  receive(action: () => void): void {
    if (!this.isUp) return;
    if (this.frozen) this.frozen.push(action);
    else action();
  }

  get isFrozen(): boolean {
    return this.frozen !== null;
  }

  freeze(): void {
    if (this.isUp) this.frozen ??= [];
  }

  thaw(): void {
    const waiting = this.frozen ?? [];
    this.frozen = null;
    for (const action of waiting) this.receive(action);
  }

  protected live(): void {
    this.isUp = true;
  }

  protected die(): void {
    this.isUp = false;
    this.life += 1;
    this.frozen = null;
  }
}
