// Lets the members of rooms exchange their clocks when it is time, and those take part who come in.
//
// Every replica could do it, and one does: the one that did the last thing in the room's exchange goes on, the others come in when
// it has been silent although something was to be done. Who it is need not be agreed on: whatever is done is stored only if
// nothing was done in between. So a replica that was paused, or that believes another dead, can do nothing twice.
import { setTimeout as sleep } from 'node:timers/promises';
import { Refusal } from '@parley/messaging';
import type { Logger } from 'pino';
import type { Now } from '../clock.js';
import { attend, isAttended } from './attendance.js';
import { elapsed, presentIn, type ExchangeParts } from './exchanges.js';
import type { RoomExchange } from './record.js';
import { dueInMs, step } from './step.js';

/** While there is an exchange. While there is none, the first event is waited for. */
const LOOK_MS = 50;

/** How long the others wait for the one that did the last thing, in milliseconds. */
export const GRACE_MS = 1_000;

export interface DriverOptions extends ExchangeParts {
  readonly node: string;
  readonly graceMs: number;
  readonly now: Now;
  readonly log: Logger;
}

export class Driver {
  private readonly stopped = new AbortController();
  private running: Promise<void> | undefined;
  /** After which event something is to be done in a room, and since when that is so. */
  private readonly outstanding = new Map<string, { readonly sequence: number; readonly since: number }>();
  private told = '';
  private onEvent: () => void = () => undefined;

  constructor(private readonly options: DriverOptions) {
    options.clocks.whenTold(() => this.onEvent());
  }

  start(): void {
    this.running = this.run();
  }

  /** Resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    this.stopped.abort();
    this.onEvent();
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.stopped.signal.aborted) {
      const names = this.options.clocks.names();
      for (const name of this.outstanding.keys()) if (!names.includes(name)) this.outstanding.delete(name);
      for (const name of names) await this.see(name);
      if (names.length > 0) await sleep(LOOK_MS, undefined, { signal: this.stopped.signal }).catch(() => undefined);
      else await new Promise<void>((resolve) => (this.onEvent = resolve));
    }
  }

  /** Sees to one room. What the store cannot tell or take now is tried again. */
  private async see(name: string): Promise<void> {
    if (this.stopped.signal.aborted || !this.isToDo(name)) return;
    try {
      await this.act(name);
      this.told = '';
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (error.code !== this.told)
        this.options.log.warn({ room: name, reason: error.detail }, 'clocks cannot be exchanged for now');
      this.told = error.code;
    }
  }

  /** Whether something is to be done in a room, and by this replica. */
  private isToDo(name: string): boolean {
    const exchange = this.exchangeOf(name);
    if (exchange === undefined || !isOutstanding(exchange)) {
      this.outstanding.delete(name);
      return false;
    }
    const { sequence, node } = exchange.of;
    const known = this.outstanding.get(name);
    if (node === this.options.node) return true;
    if (known?.sequence === sequence) return performance.now() - known.since >= this.options.graceMs;
    this.outstanding.set(name, { sequence, since: performance.now() });
    return false;
  }

  private async act(name: string): Promise<void> {
    const { clocks, rooms, pause, dice, now } = this.options;
    // A clock goes to nobody who has left.
    await rooms.current(name);
    const exchange = this.exchangeOf(name);
    if (exchange === undefined) return;
    const { of, epoch, present } = exchange;
    const { state, joined, left } = attend(elapsed(of, pause), present, pause, dice);
    if (joined.length > 0 || left.length > 0) {
      await clocks.append(name, epoch, { type: 'changed', joined: [...joined], left: [...left], state }, of.sequence);
      return;
    }
    const ticked = step(state, { type: 'ticked', peer: dice(), pause: dice() }, pause);
    if (ticked.kind === 'ignored' || ticked.exchanged === undefined) return;
    const exchanged = { ...ticked.exchanged, at: new Date(now()).toISOString() };
    await clocks.append(name, epoch, { type: 'exchanged', exchange: exchanged, state: ticked.state }, of.sequence);
  }

  private exchangeOf(name: string): Exchange | undefined {
    const room = this.options.rooms.rooms.get(name);
    if (room === undefined) return undefined;
    return { of: this.options.clocks.of(name, room.epoch), epoch: room.epoch, present: presentIn(room) };
  }
}

interface Exchange {
  readonly of: RoomExchange;
  readonly epoch: number;
  readonly present: ReturnType<typeof presentIn>;
}

function isOutstanding({ of: { state, heardAt }, present }: Exchange): boolean {
  if (state.phase === 'stopped') return false;
  const due = dueInMs(state);
  return !isAttended(state, present) || (due !== undefined && performance.now() - heardAt >= due);
}
