// Who is in which room, kept in the store now and then, so that a replica that starts reads what was appended since and not the
// whole record. A checkpoint says up to which sequence of the stream the outlines that are kept are good at least; they may be
// newer, each by itself, since rooms do not stand still while they are kept: what an outline has already is not applied again.
import { buckets, type RoomCheckpoint, type RoomOutline } from '@parley/contracts';
import { BusError, type Bus } from '@parley/messaging';
import type { Logger } from 'pino';
import { isOfStore, Store } from '../store.js';
import { Room } from './room.js';

const KEY = 'rooms';

/** How many outlines are asked for at once. */
const AT_ONCE = 32;

export interface Kept {
  readonly checkpoint: RoomCheckpoint;
  readonly rooms: Room[];
}

export class Checkpoints {
  private readonly checkpoints;
  private readonly outlines;
  private isKeeping = false;
  /** The newest that is known of. */
  private sequence = 0;
  /** Up to which sequence the store has a room's outline, as far as is known here. */
  private readonly kept = new Map<string, number>();

  constructor(
    bus: Bus,
    private readonly every: number,
    private readonly log: Logger,
  ) {
    this.checkpoints = new Store(bus, buckets.roomCheckpoint);
    this.outlines = new Store(bus, buckets.roomOutlines);
  }

  /**
   * The last checkpoint with all outlines; undefined when there is none that can be used.
   *
   * @throws Refusal `broker-unreachable`
   */
  async load(): Promise<Kept | undefined> {
    try {
      const { value: checkpoint } = await this.checkpoints.get(KEY);
      if (checkpoint === null) return undefined;
      const rooms: Room[] = [];
      for (let start = 0; start < checkpoint.rooms.length; start += AT_ONCE) {
        const names = checkpoint.rooms.slice(start, start + AT_ONCE);
        const outlines = await Promise.all(names.map((name) => this.outlines.get(name)));
        for (const { value } of outlines) if (value?.stream === checkpoint.stream) rooms.push(Room.from(value));
      }
      if (rooms.length < checkpoint.rooms.length) return undefined;
      this.sequence = checkpoint.sequence;
      for (const { name, last } of rooms) this.kept.set(name, last.sequence);
      return { checkpoint, rooms };
    } catch (error) {
      if (!(error instanceof BusError)) throw error;
      this.log.error(
        { err: error },
        'what was kept of the rooms is not what it should be: their record is read instead',
      );
      return undefined;
    }
  }

  /** The record is another one. */
  clear(): void {
    this.sequence = 0;
    this.kept.clear();
  }

  isDue(sequence: number): boolean {
    return !this.isKeeping && sequence - this.sequence >= this.every;
  }

  /** Keeps all rooms as they are, with a checkpoint at a sequence up to which all is applied in them. */
  async keep(checkpoint: Omit<RoomCheckpoint, 'rooms'>, rooms: ReadonlyMap<string, Room>): Promise<void> {
    this.isKeeping = true;
    const { stream } = checkpoint;
    const changed = [...rooms.values()].filter(({ name, last }) => last.sequence > (this.kept.get(name) ?? 0));
    const mine: RoomCheckpoint = { ...checkpoint, rooms: [...rooms.keys()] };
    const outlines = changed.map((room) => ({ stream, ...room.outline() }));
    try {
      const { value, revision } = await this.checkpoints.get(KEY);
      if (value?.stream !== stream || value.sequence < mine.sequence) {
        for (const outline of outlines) await this.keepOutline(outline);
        await this.checkpoints.compareAndSet(KEY, revision, mine);
      }
      this.sequence = value?.stream === stream ? Math.max(value.sequence, mine.sequence) : mine.sequence;
    } catch (error) {
      if (!isOfStore(error)) throw error;
      this.log.warn({ reason: error.message }, 'the rooms were not kept: a replica that starts has more to read');
    } finally {
      this.isKeeping = false;
    }
  }

  /** Overtaken by an older one, it is kept after all; by one that is as new, it need not be. */
  private async keepOutline(outline: RoomOutline): Promise<void> {
    const { room, stream, last } = outline;
    for (;;) {
      const { value, revision } = await this.outlines.get(room);
      const isNewer = value?.stream === stream && value.last.sequence >= last.sequence;
      if (isNewer || (await this.outlines.compareAndSet(room, revision, outline))) break;
    }
    this.kept.set(room, last.sequence);
  }
}
