// The exchanges of all rooms, as the store has them, followed by this replica; and the way to append to them.
//
// As with rooms, any replica appends, under the room and only after the last event that it has applied; so what was decided on a state
// that is no longer the last is never stored. Each event carries the state that follows: the last one of a room says all.
//
// This replica's own events go to its log, once each: those that it reads after it has started.
import { clockEvent, clockStream, type ClockEvent, type ClocksExchanged, type ClockState } from '@parley/contracts';
import { BusError, Refusal, Stream, type Bus, type StreamListener, type StreamMessage } from '@parley/messaging';
import type { Logger } from 'pino';
import { storeRefusal } from '../store.js';
import { NOTHING } from './step.js';

/** How long an event that is known to be stored may take until it is read, in milliseconds. */
const READ_MS = 3_000;

/** The exchange of a room, after its last event. */
export interface RoomExchange {
  readonly state: ClockState;
  /** Which replica did the last thing; undefined when nothing has happened. */
  readonly node: string | undefined;
  /** When this replica heard of it, in ms of the process' own clock, which no one sets. */
  readonly heardAt: number;
  /** Of the last event under the room in the stream; 0 when there is none. */
  readonly sequence: number;
  /** The last exchanges, the oldest first. */
  readonly last: readonly ClocksExchanged[];
}

type Kept = RoomExchange & { readonly epoch: number };

/** An event that is still to be stored. */
type ContentOf<Event> = Event extends ClockEvent ? Omit<Event, 'room' | 'epoch' | 'node'> : never;
export type ClockEventContent = ContentOf<ClockEvent>;

export class ClockRecord implements StreamListener {
  private readonly rooms = new Map<string, Kept>();
  private readonly stream: Stream<typeof clockStream>;
  private reader: { stop(): void } | undefined;
  private incarnation = '';
  private readTo = 0;
  /** What stands up to here had happened before this replica started. */
  private past = 0;
  private readonly waiting = new Set<() => void>();

  constructor(
    bus: Bus,
    private readonly node: string,
    private readonly log: Logger,
  ) {
    this.stream = new Stream(bus, clockStream);
  }

  start(): void {
    this.reader = this.stream.read(this);
  }

  stop(): void {
    this.reader?.stop();
  }

  began({ stream, last }: { stream: string; last: number }): void {
    if (stream === this.incarnation) return;
    if (this.incarnation === '') this.past = last;
    else {
      this.log.error('the store has lost the clocks of all rooms: they begin anew');
      this.past = 0;
    }
    this.incarnation = stream;
    this.rooms.clear();
    this.readTo = 0;
  }

  message({ token, sequence, payload }: StreamMessage): void {
    const event = this.parsed(token, sequence, payload);
    const { last, ...before } = this.rooms.get(token) ?? { ...nothing, epoch: 0 };
    if (event === undefined) this.rooms.set(token, { ...before, last, sequence });
    else {
      const { state, node, epoch } = event;
      const exchanges = epoch === before.epoch ? last : [];
      const recent = event.type === 'exchanged' ? [...exchanges, event.exchange] : exchanges;
      const heard = { heardAt: performance.now(), sequence, last: recent.slice(-clockStream.keptPerToken) };
      this.rooms.set(token, { state, node, epoch, ...heard });
      if (node === this.node && sequence > this.past) this.tell(event);
    }
    this.readTo = sequence;
    for (const look of this.waiting) look();
  }

  away(): void {
    // Nothing has changed but that nothing new comes; who waits has a limit.
  }

  /** The exchange of a room with this record; of another record it is none. */
  of(room: string, epoch: number): RoomExchange {
    const kept = this.rooms.get(room);
    if (kept?.epoch === epoch) return kept;
    return { ...nothing, sequence: kept?.sequence ?? 0 };
  }

  /** All rooms in which there has been an exchange. */
  names(): string[] {
    return [...this.rooms.keys()];
  }

  /**
   * Resolves when everything is applied that was stored under a room before this was called.
   *
   * @throws Refusal `broker-unreachable`
   */
  async current(room: string): Promise<void> {
    const last = await this.ask(() => this.stream.last(room));
    await this.until(() => this.readTo >= last || this.sequenceOf(room) >= last);
  }

  /**
   * Makes something happen in the exchange of a room, if nothing has happened in it after a sequence, and applies it, or what came
   * first.
   *
   * @returns whether it happened
   * @throws Refusal `outcome-unknown`, `broker-unreachable`
   */
  async append(room: string, epoch: number, content: ClockEventContent, after: number): Promise<boolean> {
    const event: ClockEvent = { ...content, room, epoch, node: this.node };
    const payload = new TextEncoder().encode(JSON.stringify(event));
    const sequence = await this.ask(() => this.stream.appendAfter(room, payload, after));
    await this.until(() => this.sequenceOf(room) > after);
    return sequence !== undefined;
  }

  private sequenceOf(room: string): number {
    return this.rooms.get(room)?.sequence ?? 0;
  }

  /** What stands in the stream and is no event was put there by a stranger: it is told, and left out. */
  private parsed(room: string, sequence: number, payload: Uint8Array): ClockEvent | undefined {
    try {
      const event = clockEvent.parse(JSON.parse(new TextDecoder().decode(payload)));
      if (event.room === room) return event;
    } catch (error) {
      this.log.error({ room, sequence, err: error }, 'what stands under the clocks of a room is no event');
    }
    return undefined;
  }

  private tell(event: ClockEvent): void {
    const { room, type, state } = event;
    if (event.type === 'exchanged') {
      const { number, from, to, sent, before, after } = event.exchange;
      const text = `${from} sends ${shown(sent.vector)} to ${to}: ${shown(before.vector)} becomes ${shown(after.vector)}`;
      this.log.info({ room, number, lamport: after.lamport }, text);
      return;
    }
    const about =
      state.phase === 'waiting' ? 'clocks wait for a second member' : `the exchange of clocks is ${state.phase}`;
    this.log.info({ room, what: type, members: state.members.map(({ name }) => name) }, about);
  }

  private until(isSo: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        if (!isSo()) return;
        end();
        resolve();
      };
      const end = (): void => {
        clearTimeout(limit);
        this.waiting.delete(look);
      };
      const limit = setTimeout(() => {
        end();
        reject(new Refusal('broker-unreachable', 'the clocks of the rooms cannot be read'));
      }, READ_MS);
      this.waiting.add(look);
      look();
    });
  }

  private async ask<T>(question: () => Promise<T>): Promise<T> {
    try {
      return await question();
    } catch (error) {
      throw error instanceof BusError ? storeRefusal(error) : error;
    }
  }
}

const nothing: RoomExchange = { state: NOTHING, node: undefined, heardAt: 0, sequence: 0, last: [] };

const shown = (vector: Readonly<Record<string, number>>): string =>
  `{${Object.entries(vector)
    .map(([name, entry]) => `${name}: ${String(entry)}`)
    .join(', ')}}`;
