// The exchanges of all rooms: where they stand, and the way to go on with them. Each room has a token of its own in their record.
// Each event carries the state that follows: the last one of a room says all.
//
// This replica's own events go to its log, once each: those that it reads after it has started.
import { clockStream, type ClockEvent, type ClocksExchanged, type ClockState } from '@parley/contracts';
import type { Bus } from '@parley/messaging';
import type { Logger } from 'pino';
import { FollowedRecord } from '../followed-record.js';
import { NOTHING } from './step.js';

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

export class ClockRecord {
  private readonly rooms = new Map<string, Kept>();
  private readonly stored: FollowedRecord<ClockEvent>;
  private onEvent: () => void = () => undefined;
  /** What is read happens now: it had not happened before this replica started. */
  private isNow = false;

  constructor(
    bus: Bus,
    private readonly node: string,
    private readonly log: Logger,
  ) {
    const projection = {
      clear: () => this.rooms.clear(),
      apply: (event: ClockEvent, sequence: number) => this.apply(event, sequence),
      skip: (room: string, sequence: number) => void this.rooms.set(room, { ...this.known(room), sequence }),
      lastOf: (room: string) => this.known(room).sequence,
      pastIsRead: () => {
        this.isNow = true;
      },
    };
    const tokenOf = ({ room }: ClockEvent): string => room;
    const name = 'the record of all clocks';
    this.stored = new FollowedRecord({ bus, contract: clockStream, name, tokenOf, projection, log });
  }

  /** Calls `listener` after each event, of any room. */
  whenTold(listener: () => void): void {
    this.onEvent = listener;
  }

  start(): void {
    this.stored.start();
  }

  stop(): void {
    this.stored.stop();
  }

  /** The exchange of a room with this record; of another record it is none. */
  of(room: string, epoch: number): RoomExchange {
    const kept = this.rooms.get(room);
    if (kept?.epoch === epoch) return kept;
    return { ...nothing, sequence: kept?.sequence ?? 0 };
  }

  /** All rooms in which an exchange is on, also when it waits for somebody to come in. */
  names(): string[] {
    return [...this.rooms].filter(([, { state }]) => state.phase !== 'stopped').map(([name]) => name);
  }

  /**
   * Resolves when everything is applied that was stored under a room before this was called.
   *
   * @throws Refusal `broker-unreachable`
   */
  current(room: string): Promise<void> {
    return this.stored.current(room);
  }

  /**
   * Makes something happen in the exchange of a room, if nothing has happened in it after a sequence, and applies it, or what came
   * first.
   *
   * @returns whether it happened
   * @throws Refusal `outcome-unknown`, `broker-unreachable`
   */
  async append(room: string, epoch: number, content: ClockEventContent, after: number): Promise<boolean> {
    const sequence = await this.stored.append({ ...content, room, epoch, node: this.node }, after);
    if (sequence === undefined) return false;
    await this.stored.applied(sequence);
    return true;
  }

  private apply(event: ClockEvent, sequence: number): void {
    const { room, state, node, epoch } = event;
    const before = this.known(room);
    const exchanges = epoch === before.epoch ? before.last : [];
    const recent = event.type === 'exchanged' ? [...exchanges, event.exchange] : exchanges;
    const heard = { heardAt: performance.now(), sequence, last: recent.slice(-clockStream.keptPerToken) };
    this.rooms.set(room, { state, node, epoch, ...heard });
    if (node === this.node && this.isNow) this.tell(event);
    this.onEvent();
  }

  private known(room: string): Kept {
    return this.rooms.get(room) ?? { ...nothing, epoch: 0 };
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
}

const nothing: RoomExchange = { state: NOTHING, node: undefined, heardAt: 0, sequence: 0, last: [] };

const shown = (vector: Readonly<Record<string, number>>): string =>
  `{${Object.entries(vector)
    .map(([name, entry]) => `${name}: ${String(entry)}`)
    .join(', ')}}`;
