// The record of all rooms, as the store has it, followed by this replica; and the way to append to it.
//
// Any replica appends: under a room's subject, and only if nothing was appended there after the last event that it has
// applied. So an event that was decided on a state that is no longer the last is never stored; who was overtaken applies what
// came first and decides anew. Until there is a leader, no more than this is needed for one order.
//
// Logical clocks: each replica is a process of its own, an event carries its replica's stamp, and to apply an event of
// another replica is to receive it. A replica that was restarted goes on from what the record has of it.
//
// Nobody reads the whole record: who starts goes on from the last checkpoint (checkpoints.ts), and what takes memory is kept for
// the rooms that are used (recollections.ts). Both are kept by whoever appends, now and then, beside everything else.
import { setTimeout as sleep } from 'node:timers/promises';
import { roomEvent, roomStream, type RoomEvent } from '@parley/contracts';
import { BusError, Refusal, Stream, type Bus, type StreamListener, type StreamMessage } from '@parley/messaging';
import type { Logger } from 'pino';
import { Progress } from '../progress.js';
import type { ReplicaClock } from '../replica-clock.js';
import { storeRefusal } from '../store.js';
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

export class RoomRecord implements StreamListener {
  readonly rooms = new Map<string, Room>();
  private readonly stream: Stream<typeof roomStream>;
  private reader: { stop(): void } | undefined;
  /** Which stream is read; another one when it was lost. */
  private incarnation = '';
  /** The last sequence that was read. */
  private readTo = 0;
  /** Up to here the stream is to be read before anything is appended: all that this replica had done before it was restarted. */
  private past = Infinity;
  private readonly pastIsRead: () => void;
  /** The last sequence that the checkpoint has in any room. */
  private restoredTo = 0;
  private readonly progress = new Progress('the record of the rooms');
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
    this.stream = new Stream(bus, roomStream);
    this.pastIsRead = clock.awaits();
    this.checkpoints = new Checkpoints(bus, limits.checkpointEvery, log);
    this.recollections = new Recollections(bus, limits.recollections, log, async (...place) =>
      (await this.ask(() => this.stream.fetch(...place))).map((message) => ({ message, event: this.parsed(message) })),
    );
  }

  start(): void {
    void this.restore();
  }

  stop(): void {
    this.stopped.abort();
    this.reader?.stop();
  }

  /** Goes on from the last checkpoint as soon as the store can tell which that is. */
  private async restore(): Promise<void> {
    const { signal } = this.stopped;
    for (let isTold = false; ; isTold = true) {
      try {
        const kept = await this.checkpoints.load();
        signal.throwIfAborted();
        if (kept !== undefined) this.goOnFrom(kept);
        const { incarnation: stream, readTo: after } = this;
        this.reader = this.stream.read(this, kept && { stream, after });
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
    this.incarnation = checkpoint.stream;
    this.readTo = checkpoint.sequence;
    this.clock.receive(checkpoint.clock);
    for (const room of rooms) {
      this.rooms.set(room.name, room);
      this.restoredTo = Math.max(this.restoredTo, room.last.sequence);
    }
  }

  began({ stream, last }: { stream: string; last: number }): void {
    this.past = last;
    if (stream === this.incarnation) return this.made();
    if (this.incarnation !== '') this.log.error('the store has lost the record of all rooms: another one begins');
    this.incarnation = stream;
    this.rooms.clear();
    this.recollections.clear();
    this.checkpoints.clear();
    this.readTo = 0;
    this.restoredTo = 0;
    this.made();
  }

  message(message: StreamMessage): void {
    const event = this.parsed(message);
    const isNew = event !== undefined && this.take(event, message.sequence);
    if (event && (isNew || message.sequence <= this.restoredTo)) this.clock.receive(event);
    if (!event) this.rooms.get(message.token)?.skip(message.sequence);
    this.readTo = message.sequence;
    this.made();
  }

  private made(): void {
    if (this.readTo >= this.past) this.pastIsRead();
    this.progress.made();
  }

  away(): void {
    // Nothing has changed but that nothing new comes; who waits has a limit.
  }

  /**
   * Resolves when everything is applied that was stored in a room, or in all rooms, before this was called.
   *
   * @throws Refusal `broker-unreachable`
   */
  async current(room?: string): Promise<void> {
    const last = await this.ask(() => this.stream.last(room));
    await this.progress.until(() => this.readTo >= last || (room !== undefined && this.lastOf(room) >= last));
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
    const payload = new TextEncoder().encode(JSON.stringify(event));
    const sequence = await this.ask(() => this.stream.appendAfter(name, payload, last));
    if (sequence === undefined) {
      await this.progress.until(() => this.lastOf(name) > last);
      return undefined;
    }
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
    return this.recollections.recall(room, this.incarnation);
  }

  /** Now and then, whoever appends keeps what others save reading. Nobody waits for that. */
  private keep(name: string): void {
    const { incarnation: stream, readTo: sequence } = this;
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
      const messages = await this.ask(() => this.stream.fetch(room.name, from, last - before));
      if (messages.length === 0) break;
      for (const message of messages) {
        from = message.sequence + 1;
        const event = this.parsed(message);
        before = event?.offset ?? before;
        if (event && event.offset >= first && event.offset <= last) events.push(event);
      }
    }
    return events;
  }

  /** The event at a sequence that is known to be one of the room's. */
  async at(room: Room, sequence: number): Promise<RoomEvent | undefined> {
    const [message] = await this.ask(() => this.stream.fetch(room.name, sequence, 1));
    return message && this.parsed(message);
  }

  private lastOf(room: string): number {
    return this.rooms.get(room)?.last.sequence ?? 0;
  }

  /** Applies an event once, whether it is read or was appended here. Returns whether it was new. */
  private take(event: RoomEvent, sequence: number): boolean {
    const room = this.rooms.get(event.room);
    if (sequence <= (room?.last.sequence ?? 0)) return false;
    if (room) room.apply(event, sequence);
    else if (event.type === 'created') this.rooms.set(event.room, Room.made(event, sequence));
    return true;
  }

  /** What stands in the stream and is no event was put there by a stranger: it is told, and left out. */
  private parsed({ token, sequence, payload }: StreamMessage): RoomEvent | undefined {
    try {
      const event = roomEvent.parse(JSON.parse(new TextDecoder().decode(payload)));
      if (event.room === token) return event;
    } catch (error) {
      this.log.error({ room: token, sequence, err: error }, 'what stands in the record of a room is no event');
    }
    return undefined;
  }

  private async ask<T>(question: () => Promise<T>): Promise<T> {
    try {
      return await question();
    } catch (error) {
      throw error instanceof BusError ? storeRefusal(error) : error;
    }
  }
}
