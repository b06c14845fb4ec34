// What is remembered of rooms' pasts, of as many rooms as memory is given to: those that were used longest ago are forgotten,
// and come back from what the store keeps of them and the few events that were appended since.
import { buckets, type RoomEvent, type RoomRecollection } from '@parley/contracts';
import { BusError, Refusal, type Bus } from '@parley/messaging';
import type { Logger } from 'pino';
import type { Standing } from '../followed-record.js';
import { isOfStore, Store } from '../store.js';
import { Recollection } from './recollection.js';
import type { Room } from './room.js';

export interface RecollectionLimits {
  /** How much all that is remembered weighs at most, in messages, about 150 bytes each. The room used last is remembered anyway. */
  readonly weight: number;
  /** After how many events in a room what is remembered of it is kept in the store. */
  readonly keepEvery: number;
}

/** How many events are read at once. */
const PAGE = 500;

/** Reads what stands under a room from a sequence on. */
type Read = (room: string, from: number, count: number) => Promise<Standing<RoomEvent>[]>;

export class Recollections {
  private readonly store;
  /** Rooms whose past is remembered; those that were used longest ago first. */
  private readonly used = new Set<Room>();
  private readonly loading = new Map<Room, Promise<void>>();
  /** Up to which offset of a room the store has it. */
  private readonly kept = new Map<Room, number>();

  constructor(
    bus: Bus,
    private readonly limits: RecollectionLimits,
    private readonly log: Logger,
    private readonly read: Read,
  ) {
    this.store = new Store(bus, buckets.roomRecollections);
  }

  /** Nothing is remembered of any room: the record is another one. */
  clear(): void {
    this.used.clear();
    this.kept.clear();
  }

  /**
   * Sees to it that the past of a room is remembered, as it is when this resolves.
   *
   * @throws Refusal `broker-unreachable`
   */
  async recall(room: Room, stream: string): Promise<void> {
    if (room.remembered !== undefined) {
      this.use(room);
      return;
    }
    const loading = this.loading.get(room) ?? this.load(room, stream).finally(() => this.loading.delete(room));
    this.loading.set(room, loading);
    await loading;
  }

  /** Something happened in a room, by this replica: now and then that is when what is remembered of it is kept. */
  async appended(room: Room, stream: string): Promise<void> {
    this.use(room);
    const { remembered } = room;
    const { keepEvery } = this.limits;
    const before = this.kept.get(room) ?? 0;
    if (remembered === undefined || remembered.offset - before < keepEvery) return;
    this.kept.set(room, remembered.offset);
    const mine = { stream, epoch: room.epoch, ...remembered.kept() };
    try {
      const { value, revision } = await this.store.get(room.name);
      // Another replica has kept more.
      if (value?.stream === stream && value.offset >= mine.offset) return;
      await this.store.compareAndSet(room.name, revision, mine);
    } catch (error) {
      if (!isOfStore(error)) throw error;
      this.log.warn({ room: room.name, reason: error.message }, 'what is remembered of a room was not kept');
    }
  }

  private async load(room: Room, stream: string): Promise<void> {
    const value = await this.stored(room.name);
    const isOfThis = value?.stream === stream && value.epoch === room.epoch && value.offset <= room.last.offset;
    const recollection = isOfThis ? Recollection.from(value) : new Recollection();
    this.kept.set(room, recollection.offset);
    while (recollection.offset < room.last.offset) {
      const count = Math.min(PAGE, room.last.offset - recollection.offset);
      const read = await this.read(room.name, recollection.sequence + 1, count);
      if (read.length === 0) throw new Refusal('broker-unreachable', `the record of ${room.name} cannot be read`);
      for (const { event, sequence } of read)
        if (event === undefined) recollection.sequence = sequence;
        else if (event.offset <= room.last.offset) recollection.apply(event, sequence);
    }
    room.remember(recollection);
    this.use(room);
  }

  /** What cannot be understood is as good as nothing: the record itself is there. */
  private async stored(room: string): Promise<RoomRecollection | null> {
    try {
      return (await this.store.get(room)).value;
    } catch (error) {
      if (!(error instanceof BusError)) throw error;
      this.log.error(
        { room, err: error },
        'what was kept of a room is not what it should be: its record is read instead',
      );
      return null;
    }
  }

  private use(room: Room): void {
    this.used.delete(room);
    this.used.add(room);
    let weight = 0;
    for (const { remembered } of this.used) weight += remembered?.weight ?? 0;
    for (const oldest of this.used) {
      if (weight <= this.limits.weight || oldest === room) return;
      weight -= oldest.remembered?.weight ?? 0;
      oldest.forget();
      this.used.delete(oldest);
    }
  }
}
