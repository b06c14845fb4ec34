// What a node has appended since its last force, and what its outbox holds back until then, as an immutable value.
import type { Effect, Outbox } from '@parley/commit';
import { canonical } from './canonical.js';

type Append = Extract<Effect, { type: 'append' }>;
type Held = Pick<Outbox, 'take' | 'forced'>;

class Unforced {
  /** Effects of the steps since the last force. */
  constructor(readonly steps: readonly (readonly Effect[])[]) {}

  get appends(): readonly Append[] {
    return this.steps.flat().flatMap((effect) => (effect.type === 'append' ? [effect] : []));
  }

  /** Hands a step to a new outbox, which is brought up to date by the steps before it; `ready` is what need not wait. */
  with(effects: readonly Effect[], outbox: Held): { readonly unforced: Unforced; readonly ready: readonly Effect[] } {
    let position = 0;
    const append = (): number => (position += 1);
    for (const earlier of this.steps) outbox.take(earlier, append);
    const ready = outbox.take(effects, append);
    // What is held already need not be held twice: a message that is sent again is the same message.
    const held = new Set(this.steps.flat().map(canonical));
    const kept = effects.filter((it) => it.type === 'append' || !(ready.includes(it) || held.has(canonical(it))));
    return { unforced: kept.length > 0 ? new Unforced([...this.steps, kept]) : this, ready };
  }

  /** What leaves when all is forced, from a new outbox. */
  held(outbox: Held): readonly Effect[] {
    let position = 0;
    for (const step of this.steps) outbox.take(step, () => (position += 1));
    return outbox.forced(position);
  }
}

export const NOTHING_UNFORCED = new Unforced([]);
