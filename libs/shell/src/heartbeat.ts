// A node tells that it lives: every second, at once when somebody has just started and calls, and when told to.
import { facts, type Alive } from '@parley/contracts';
import type { Bus } from '@parley/messaging';

const PERIOD_MS = 1000;
const ANSWER_PERIOD_MS = 20;

export class Heartbeat {
  private timer: NodeJS.Timeout | undefined;
  private answering: NodeJS.Timeout | undefined;
  private answeredAt = -Infinity;

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

  /** Somebody calls: answered at once, and however often it is asked, not more often than anybody needs to know. */
  called(): void {
    if (this.answering !== undefined) return;
    const waitMs = Math.max(0, this.answeredAt + ANSWER_PERIOD_MS - performance.now());
    this.answering = setTimeout(() => {
      this.answering = undefined;
      this.answeredAt = performance.now();
      this.beat();
    }, waitMs);
  }

  beat(): void {
    this.bus.publish(facts.alive, this.alive());
  }

  stop(): void {
    clearInterval(this.timer);
    clearTimeout(this.answering);
  }
}
