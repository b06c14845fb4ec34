// Strikes a node right after one of its effects, wherever in a step that is.
import type { Outgoing } from './surroundings.js';

interface Plot {
  /** Effects that pass before. */
  readonly left: number;
  readonly strike: () => void;
  /** Only effects of this type count, if it is given. */
  readonly type: Outgoing['type'] | undefined;
}

export class Ambush {
  private plot: Plot | undefined;

  set(plot: Plot): void {
    this.plot = plot;
  }

  callOff(): void {
    this.plot = undefined;
  }

  /** The node has performed an effect. */
  passed({ type }: Outgoing): void {
    const { plot } = this;
    if (plot === undefined || type !== (plot.type ?? type)) return;
    this.plot = plot.left > 0 ? { ...plot, left: plot.left - 1 } : undefined;
    if (plot.left === 0) plot.strike();
  }
}
