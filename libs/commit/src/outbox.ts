// Force before send. Nothing leaves a node before every record appended by it so far is forced, also when the step that
// sends wrote nothing itself: what is sent may rest on a record of an earlier step whose write is still under way.
//
// Records are placed in the journal in the order of the steps; an effect that leaves the node is held until the journal
// is forced up to the last record that was appended before it. Lazy records hold back nothing.
import type { CommitRecord } from './records.js';
import type { Effect } from './effects.js';

/** Where records go: returns the position up to which the journal must be forced for this record to be durable. */
export type AppendRecord = (record: CommitRecord) => number;

/** Effects that stay inside the node need not wait for anything. */
const staysInside = ({ type }: Effect): boolean =>
  type === 'wait' ||
  type === 'rest' ||
  type === 'confirm-start' ||
  type === 'attend' ||
  type === 'report' ||
  type === 'alarm' ||
  type === 'stop';

export class Outbox {
  private appended = 0;
  private forcedThrough = 0;
  private held: { readonly after: number; readonly effect: Effect }[] = [];

  /** How many effects wait for the journal. */
  get length(): number {
    return this.held.length;
  }

  /** Takes a step's effects in order. Returns those that may be performed now. */
  take(effects: readonly Effect[], append: AppendRecord): Effect[] {
    const ready: Effect[] = [];
    for (const effect of effects) {
      if (effect.type === 'append') {
        const position = append(effect.record);
        if (!effect.lazy) this.appended = position;
      } else if (staysInside(effect) || (this.held.length === 0 && this.appended <= this.forcedThrough)) {
        ready.push(effect);
      } else {
        this.held.push({ after: this.appended, effect });
      }
    }
    return ready;
  }

  /** The journal is forced up to `through`. Returns what may leave the node now, in the order of the steps. */
  forced(through: number): Effect[] {
    this.forcedThrough = Math.max(this.forcedThrough, through);
    const upTo = this.held.findIndex(({ after }) => after > this.forcedThrough);
    const released = upTo === -1 ? this.held : this.held.slice(0, upTo);
    this.held = upTo === -1 ? [] : this.held.slice(upTo);
    return released.map(({ effect }) => effect);
  }
}
