// Sees to it that each room is told what becomes of what is proposed in it, once, whoever dies in between.
//
// The truth is in the journals of coordinator and participants; what the room was told is in its record. Each replica compares
// the two for each number of a room's book that the room was not told of to its end, and appends what is missing: at once when
// a gateway says that something has begun or a decision is announced, and again and again while heartbeats name such a number. So
// what a replica hears only makes it quicker; nothing rests on it, and a replica keeps nothing over a restart.
import {
  buckets,
  roomOfBook,
  transactionId,
  type Alive,
  type KnownTransaction,
  type Place,
  type VotedRequest,
} from '@parley/contracts';
import { BusError, Refusal } from '@parley/messaging';
import type { Logger } from 'pino';
import type { Sessions } from '../accounts/sessions.js';
import type { RoomRecord } from '../rooms/record.js';
import type { Rooms } from '../rooms/rooms.js';
import type { Store } from '../store.js';
import { tellDecided, tellProposed, tellVoted, type Asked } from './telling.js';
import type { Transactions } from './transactions.js';

/** How long what is still open in a book is not looked at again without a reason, in milliseconds. */
const PAUSE_MS = 2_000;

/** Most numbers of a book that wait to be looked at; the rest comes with a later heartbeat. */
const MAX_WAITING = 1_024;

interface Parts {
  readonly record: Pick<RoomRecord, 'rooms'>;
  readonly rooms: Pick<Rooms, 'tell'>;
  readonly transactions: Transactions;
  readonly seats: Pick<Store<typeof buckets.seats>, 'get'>;
  readonly sessions: Pick<Sessions, 'isOver'>;
  readonly log: Logger;
  /** Milliseconds of a clock that nobody sets. */
  readonly elapsed: () => number;
}

export class Following {
  /** Numbers that wait, by book; a book is there while it is worked on. */
  private readonly waiting = new Map<string, Set<number>>();
  private readonly lookedAt = new Map<string, number>();

  constructor(private readonly parts: Parts) {}

  /** A participant lives, and tells how far its books have come. */
  heard(alive: Alive): void {
    this.parts.transactions.heard(alive);
    if (alive.service === 'coordinator') return;
    for (const { book, highest } of alive.ledgers) this.compare(book, highest);
  }

  /** Something has happened to these transactions. */
  noticed(places: readonly Place[]): void {
    for (const { book, number } of places) if (roomOfBook(book) !== null) this.enqueue(book, [number]);
  }

  /**
   * Tells the room what it lacks of a transaction.
   *
   * @throws Refusal `unknown-room`, `broker-unreachable`, `overloaded`, `outcome-unknown`
   */
  async look(place: Place): Promise<void> {
    const room = roomOfBook(place.book);
    const known = room === null ? null : await this.parts.transactions.read(place);
    if (room === null || known === null) return;
    const { proposals } = this.parts.record.rooms.get(room) ?? {};
    if (!proposals?.isTold(place.number)) {
      const asked = await this.askedFor(known);
      await this.parts.rooms.tell(room, (state) => tellProposed(state, known, asked));
    }
    if (known.decision) await this.parts.rooms.tell(room, (state) => tellDecided(state, known));
  }

  /**
   * Tells the room that somebody has voted.
   *
   * @throws Refusal as `look` does
   */
  async voted(voted: VotedRequest): Promise<void> {
    const room = roomOfBook(voted.book);
    if (room === null) return;
    const { proposals } = this.parts.record.rooms.get(room) ?? {};
    if (!proposals?.isTold(voted.number)) await this.look(voted);
    await this.parts.rooms.tell(room, (state) => tellVoted(state, voted));
  }

  /** A heartbeat names numbers of the room's book up to this one. */
  private compare(book: string, highest: number): void {
    const room = roomOfBook(book);
    const proposals = room === null ? undefined : this.parts.record.rooms.get(room)?.proposals;
    if (proposals === undefined || highest < proposals.next) return;
    const now = this.parts.elapsed();
    if (now - (this.lookedAt.get(book) ?? -Infinity) < PAUSE_MS) return;
    this.lookedAt.set(book, now);
    this.enqueue(book, proposals.lacking(highest, MAX_WAITING));
  }

  private enqueue(book: string, numbers: readonly number[]): void {
    const waiting = this.waiting.get(book);
    for (const number of numbers.slice(0, MAX_WAITING - (waiting?.size ?? 0))) waiting?.add(number);
    if (waiting) return;
    const begun = new Set(numbers.slice(0, MAX_WAITING));
    this.waiting.set(book, begun);
    void this.work(book, begun);
  }

  /** One number after the other: a room's appends take turns anyway. */
  private async work(book: string, waiting: Set<number>): Promise<void> {
    for (const number of waiting) {
      waiting.delete(number);
      await this.tryToLook({ book, number });
    }
    this.waiting.delete(book);
  }

  private async tryToLook(place: Place): Promise<void> {
    try {
      await this.look(place);
    } catch (error) {
      const { log } = this.parts;
      const transaction = transactionId(place);
      if (error instanceof Refusal || error instanceof BusError)
        log.warn({ transaction, reason: error.message }, 'the room cannot be told now; it is tried again');
      else log.error({ transaction, err: error }, 'the room could not be told; it is tried again');
    }
  }

  private async askedFor({ begin, list }: KnownTransaction): Promise<Asked> {
    if (begin.votes === 'automatic') return [];
    return Promise.all(list.map(async ({ name }) => ({ participant: name, holder: await this.holderOf(name) })));
  }

  private async holderOf(participant: string): Promise<string | null> {
    const { value } = await this.parts.seats.get(participant);
    const holder = value?.holder;
    if (!holder) return null;
    return holder.session !== null && (await this.parts.sessions.isOver(holder.session)) ? null : holder.name;
  }
}
