// A node tells that it lives: every second, at once when somebody has just started and calls, and when told to.
import { facts, type Alive } from '@parley/contracts';
import type { Bus } from '@parley/messaging';

const PERIOD_MS = 1000;

export class Heartbeat {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly bus: Bus,
    private readonly alive: () => Alive,
  ) {}

  /** Begins, and calls the others, so that each learns of the other at once. */
  start(): void {
    this.timer = setInterval(() => this.beat(), PERIOD_MS);
    this.beat();
    this.bus.publish(facts.called, { from: this.alive().node });
  }

  beat(): void {
    this.bus.publish(facts.alive, this.alive());
  }

  stop(): void {
    clearInterval(this.timer);
  }
}
