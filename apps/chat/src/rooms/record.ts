// The record of all rooms: what follows from it here, and the way to append to it. Each room has a token of its own in it.
//
// Logical clocks: each replica is a process of its own, an event carries its replica's stamp, and to apply an event of
// another replica is to receive it. A replica that was restarted goes on from what the record has of it.
//
// Nobody reads the whole record: who starts goes on from the last checkpoint (checkpoints.ts), and what takes memory is kept for
// the rooms that are used (recollections.ts). Both are kept by whoever appends, now and then, beside everything else.
import { setTimeout as sleep } from 'node:timers/promises';
import { roomStream, type RoomEvent } from '@parley/contracts';
import { Refusal, type Bus } from '@parley/messaging';
import type { Logger } from 'pino';
import { FollowedRecord, type Projection } from '../followed-record.js';
import type { ReplicaClock } from '../replica-clock.js';
import { Checkpoints, type Kept } from './checkpoints.js';
import type { RoomEventContent } from './commands.js';
import { Recollections, type RecollectionLimits } from './recollections.js';
import { Room } from './room.js';

/** How long to wait until the store is asked again for the last checkpoint, in milliseconds. */
const RETRY_MS = 500;

export interface RecordLimits {
  /** After how many events of all rooms there is a checkpoint. */
  readonly checkpointEvery: number;
  readonly recollections: RecollectionLimits;
}

const defaultRecordLimits: RecordLimits = {
  checkpointEvery: 2_048,
  recollections: { weight: 400_000, keepEvery: 512 },
};

export class RoomRecord {
  readonly rooms = new Map<string, Room>();
  private readonly stored: FollowedRecord<RoomEvent>;
  /** The last sequence that the checkpoint has in any room. */
  private restoredTo = 0;
  private readonly checkpoints: Checkpoints;
  private readonly recollections: Recollections;
  private readonly stopped = new AbortController();

  constructor(
    bus: Bus,
    private readonly node: string,
    private readonly clock: ReplicaClock,
    private readonly log: Logger,
    limits: RecordLimits = defaultRecordLimits,
  ) {
    const tokenOf = ({ room }: RoomEvent): string => room;
    const projection = this.projection();
    const name = 'the record of the rooms';
    this.stored = new FollowedRecord({ bus, contract: roomStream, name, tokenOf, projection, log });
    this.checkpoints = new Checkpoints(bus, limits.checkpointEvery, log);
    this.recollections = new Recollections(bus, limits.recollections, log, (...place) => this.stored.fetch(...place));
  }

  start(): void {
    void this.restore();
  }

  stop(): void {
    this.stopped.abort();
    this.stored.stop();
  }

  /** Goes on from the last checkpoint as soon as the store can tell which that is. */
  private async restore(): Promise<void> {
    const { signal } = this.stopped;
    for (let isTold = false; ; isTold = true) {
      try {
        const kept = await this.checkpoints.load();
        signal.throwIfAborted();
        if (kept !== undefined) this.goOnFrom(kept);
        this.stored.start(kept && { stream: kept.checkpoint.stream, after: kept.checkpoint.sequence });
        return;
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof Refusal)) throw error;
        if (!isTold) this.log.warn({ reason: error.detail }, 'the last checkpoint of the rooms cannot be read for now');
        await sleep(RETRY_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  private goOnFrom({ checkpoint, rooms }: Kept): void {
    this.clock.receive(checkpoint.clock);
    for (const room of rooms) {
      this.rooms.set(room.name, room);
      this.restoredTo = Math.max(this.restoredTo, room.last.sequence);
    }
  }

  private projection(): Projection<RoomEvent> {
    return {
      clear: () => {
        this.rooms.clear();
        this.recollections.clear();
        this.checkpoints.clear();
        this.restoredTo = 0;
      },
      apply: (event, sequence) => {
        const isNew = this.take(event, sequence);
        if (isNew || sequence <= this.restoredTo) this.clock.receive(event);
      },
      skip: (room, sequence) => this.rooms.get(room)?.skip(sequence),
      lastOf: (room) => this.rooms.get(room)?.last.sequence ?? 0,
      pastIsRead: this.clock.awaits(),
    };
  }

  /**
   * Resolves when everything is applied that was stored in a room, or in all rooms, before this was called.
   *
   * @throws Refusal `broker-unreachable`
   */
  current(room?: string): Promise<void> {
    return this.stored.current(room);
  }

  /**
   * Makes something happen in a room, if it has not changed in the store.
   *
   * @param at the time of the event, not before that of the last one
   * @returns the event; undefined when another came first, which then is applied
   * @throws Refusal `outcome-unknown`, `broker-unreachable`
   */
  async append(name: string, content: RoomEventContent, at: number): Promise<RoomEvent | undefined> {
    const room = this.rooms.get(name);
    // Taken before anything is waited for: it is what was decided on.
    const { offset, sequence: last } = room?.last ?? { offset: 0, sequence: 0 };
    const stamp = await this.clock.step();
    const place = { room: name, epoch: room?.epoch ?? at, offset: offset + 1, at };
    const placed = { by: this.node, after: last };
    const event: RoomEvent = { ...content, ...place, ...stamp, placed };
    const sequence = await this.stored.append(event, last);
    if (sequence === undefined) return undefined;
    this.take(event, sequence);
    this.keep(name);
    return event;
  }

  /**
   * Sees to it that the past of a room is remembered. It may be forgotten again whenever something else is waited for.
   *
   * @throws Refusal `broker-unreachable`
   */
  recall(room: Room): Promise<void> {
    return this.recollections.recall(room, this.stored.place.stream);
  }

  /** Now and then, whoever appends keeps what others save reading. Nobody waits for that. */
  private keep(name: string): void {
    const { stream, sequence } = this.stored.place;
    const room = this.rooms.get(name);
    if (room) void this.recollections.appended(room, stream);
    if (this.checkpoints.isDue(sequence))
      void this.checkpoints.keep({ stream, sequence, clock: this.clock.shown }, this.rooms);
  }

  /**
   * Events of a room by their offsets, both included.
   *
   * @throws Refusal `broker-unreachable`
   */
  async read(room: Room, first: number, last: number): Promise<RoomEvent[]> {
    if (last < first) return [];
    while (room.remembered === undefined) await this.recall(room);
    const { sequence, skip } = room.mark(first);
    const events: RoomEvent[] = [];
    let [from, before] = [sequence, first - skip - 1];
    // What is no event is not counted by offsets: then there is more to read.
    while (before < last) {
      const standing = await this.stored.fetch(room.name, from, last - before);
      if (standing.length === 0) break;
      for (const { sequence: place, event } of standing) {
        from = place + 1;
        before = event?.offset ?? before;
        if (event && event.offset >= first && event.offset <= last) events.push(event);
      }
    }
    return events;
  }

  /** The event at a sequence that is known to be one of the room's. */
  async at(room: Room, sequence: number): Promise<RoomEvent | undefined> {
    const [standing] = await this.stored.fetch(room.name, sequence, 1);
    return standing?.event;
  }

  /** Applies an event once, whether it is read or was appended here. Returns whether it was new. */
  private take(event: RoomEvent, sequence: number): boolean {
    const room = this.rooms.get(event.room);
    if (sequence <= (room?.last.sequence ?? 0)) return false;
    if (room) room.apply(event, sequence);
    else if (event.type === 'created') this.rooms.set(event.room, Room.made(event, sequence));
    return true;
  }
}
