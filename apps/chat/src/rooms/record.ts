// The record of all rooms, as the store has it, followed by this replica; and the way to append to it.
//
// Any replica appends: under a room's subject, and only if nothing was appended there after the last event that it has
// applied. So an event that was decided on a state that is no longer the last is never stored; who was overtaken applies what
// came first and decides anew. Until there is a leader, no more than this is needed for one order.
//
// Logical clocks: each replica is a process of its own, an event carries its replica's stamp, and to apply an event of
// another replica is to receive it. A replica that was restarted goes on from what the record has of it.
import { newClock, receive, step, type ProcessClock } from '@parley/clocks';
import { roomEvent, roomStream, type RoomEvent } from '@parley/contracts';
import { BusError, Refusal, Stream, type Bus, type StreamListener, type StreamMessage } from '@parley/messaging';
import type { Logger } from 'pino';
import { storeRefusal } from '../store.js';
import type { RoomEventContent } from './commands.js';
import { Room } from './room.js';

/** How long an event that is known to be stored may take until it is read, in milliseconds. */
const READ_MS = 3_000;

export class RoomRecord implements StreamListener {
  readonly rooms = new Map<string, Room>();
  private readonly stream: Stream<typeof roomStream>;
  private reader: { stop(): void } | undefined;
  private clock: ProcessClock;
  /** Which stream is read; another one when it was lost. */
  private incarnation = '';
  /** The last sequence that was read. */
  private readTo = 0;
  private readonly waiting = new Set<() => void>();

  constructor(
    bus: Bus,
    private readonly node: string,
    private readonly log: Logger,
  ) {
    this.stream = new Stream(bus, roomStream);
    this.clock = newClock(node);
  }

  start(): void {
    this.reader = this.stream.read(this);
  }

  stop(): void {
    this.reader?.stop();
  }

  began({ stream }: { stream: string }): void {
    if (stream === this.incarnation) return;
    if (this.incarnation !== '') this.log.error('the store has lost the record of all rooms: another one begins');
    this.incarnation = stream;
    this.rooms.clear();
    this.readTo = 0;
  }

  message(message: StreamMessage): void {
    const event = this.parsed(message);
    if (event && this.take(event, message.sequence)) this.clock = receive(this.clock, event);
    if (!event) this.rooms.get(message.token)?.skip(message.sequence);
    this.readTo = message.sequence;
    for (const look of this.waiting) look();
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
    await this.until(() => this.readTo >= last || (room !== undefined && this.lastOf(room) >= last));
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
    const { offset, sequence: last } = room?.last ?? { offset: 0, sequence: 0 };
    this.clock = step(this.clock);
    const { lamport, vector } = this.clock;
    const place = { room: name, epoch: room?.epoch ?? at, offset: offset + 1, at };
    const placed = { by: this.node, after: last };
    const event: RoomEvent = { ...content, ...place, lamport, vector: { ...vector }, placed };
    const payload = new TextEncoder().encode(JSON.stringify(event));
    const sequence = await this.ask(() => this.stream.appendAfter(name, payload, last));
    if (sequence === undefined) {
      await this.until(() => this.lastOf(name) > last);
      return undefined;
    }
    this.take(event, sequence);
    return event;
  }

  /**
   * Events of a room by their offsets, both included.
   *
   * @throws Refusal `broker-unreachable`
   */
  async read(room: Room, first: number, last: number): Promise<RoomEvent[]> {
    if (last < first) return [];
    const { sequence, skip } = room.mark(first);
    const messages = await this.ask(() => this.stream.fetch(room.name, sequence, skip + last - first + 1));
    return messages
      .map((message) => this.parsed(message))
      .filter((event) => event !== undefined && event.offset >= first && event.offset <= last) as RoomEvent[];
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
    else if (event.type === 'created') this.rooms.set(event.room, new Room(event.room, event, sequence));
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
        reject(new Refusal('broker-unreachable', 'the record of the rooms cannot be read'));
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
