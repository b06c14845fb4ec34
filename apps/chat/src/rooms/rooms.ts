// What users do with rooms. Each command is decided on the room's present state (commands.ts) and made to happen by an append
// that fails if the state has changed meanwhile (record.ts); what needs no append is decided on a state that the store has
// confirmed. So it does not matter which replica is asked.
import {
  MAX_ROOMS,
  MAX_ROOMS_OF_ACCOUNT,
  shownRoomEventOf,
  type Agreement,
  type ChangeRoomRequest,
  type CreateRoomRequest,
  type HistoryRequest,
  type InRoomRequest,
  type ListedRoom,
  type Message,
  type MessageExplanation,
  type Room as RoomView,
  type RoomEvent,
  type RoomHistory,
  type RoomPosition,
  type SayReply,
  type SayRequest,
  type WhyRequest,
} from '@parley/contracts';
import { Refusal } from '@parley/messaging';
import { Attempts, type AttemptLimit } from '../accounts/attempts.js';
import type { Now } from '../clock.js';
import { fitting } from '../fitting.js';
import { keyOf } from '../names/skeleton.js';
import { change, join, leave, refuseReading, say, type Actor, type Verdict } from './commands.js';
import type { RoomRecord } from './record.js';
import type { Room } from './room.js';
import { Turns } from './turns.js';
import { listed, view } from './views.js';
import { explain, LOOKED_AT } from './why.js';

/** How often a command is decided anew because other replicas came first. */
const MAX_ATTEMPTS = 100;

/** What one user may say, and how often come in, at one replica: nobody writes so fast, and no room is drowned. */
export const defaultPace: AttemptLimit = { burst: 200, everyMs: 20 };

interface Carried {
  readonly room: Room;
  /** What happened; undefined when nothing had to. */
  readonly event?: RoomEvent;
  /** Where it stands that had happened before. */
  readonly sequence?: number | undefined;
}

export class Rooms {
  private readonly turns = new Turns();
  private readonly done: Attempts;

  constructor(
    private readonly record: RoomRecord,
    private readonly now: Now,
    pace: AttemptLimit,
  ) {
    this.done = new Attempts(pace);
  }

  async list(): Promise<{ items: ListedRoom[] }> {
    await this.record.current();
    return { items: [...this.record.rooms.values()].map(listed).sort((a, b) => (a.room < b.room ? -1 : 1)) };
  }

  /** @throws Refusal `account-required`, `room-taken`, `too-many-rooms` */
  create({ room: name, user, capacity, admits, guests, agreement }: CreateRoomRequest): Promise<RoomView> {
    if (user.kind === 'guest') throw new Refusal('account-required', 'guests make no rooms');
    return this.turns.take(name, whose(user), async () => {
      this.refuseMoreRooms(user);
      while (!this.record.rooms.has(name)) {
        if (this.record.rooms.size >= MAX_ROOMS) throw new Refusal('too-many-rooms', `there are ${String(MAX_ROOMS)}`);
        const created = { type: 'created', by: user.name, rules: { capacity, admits, guests, agreement } } as const;
        if (await this.record.append(name, created, this.now())) return view(this.known(name));
      }
      throw new Refusal('room-taken', `there is a room ${name}`);
    });
  }

  /** @throws Refusal `unknown-room` */
  async read(name: string): Promise<RoomView> {
    await this.record.current(name);
    return view(this.known(name));
  }

  /** @throws Refusal `unknown-room`, `maker-required`, `rules-changed`, `too-many-messages` */
  async change({ room, user, ...asked }: ChangeRoomRequest): Promise<RoomView> {
    const paced = user === null ? undefined : this.paced(user);
    return view((await this.carryOut(room, (state) => change(state, user, asked), paced)).room);
  }

  /** @throws Refusal `unknown-room`, `room-full`, `not-admitted`, `too-many-messages` */
  async join({ room, user }: InRoomRequest): Promise<RoomView> {
    return view((await this.carryOut(room, (state) => join(state, user), this.paced(user))).room);
  }

  /** @throws Refusal `unknown-room` */
  async leave({ room, user }: { room: string; user: Actor }): Promise<void> {
    await this.carryOut(room, (state) => leave(state, user), undefined);
  }

  /** @throws Refusal `unknown-room`, `membership-required`, `too-many-messages` */
  async say({ room: name, user, id, text, seen }: SayRequest): Promise<SayReply> {
    const decide = (state: Room, at: number): Verdict => say(state, user, { id, text, seen }, at);
    const { room, event, sequence } = await this.carryOut(name, decide, this.paced(user));
    if (event?.type === 'said') return { message: shownRoomEventOf(event) as Message, repeated: false };
    const earlier = sequence === undefined ? undefined : await this.record.at(room, sequence);
    if (earlier?.type !== 'said') throw new Error(`${name}: nothing was said at ${String(sequence)}`);
    return { message: shownRoomEventOf(earlier) as Message, repeated: true };
  }

  /** @throws Refusal `unknown-room`, `membership-required` */
  async history({ room: name, user, after, before, limit }: HistoryRequest): Promise<RoomHistory> {
    await this.record.current(name);
    const room = this.known(name);
    const refusal = refuseReading(room, user);
    if (refusal) throw refusalOf(refusal);
    const end = Math.min(before ?? Infinity, room.last.offset + 1);
    const first = after === undefined ? Math.max(1, end - limit) : after + 1;
    const events = await this.record.read(room, first, Math.min(first + limit, end) - 1);
    const items = events.map(shownRoomEventOf);
    return { epoch: room.epoch, items: after === undefined ? fitting(items.reverse()).reverse() : fitting(items) };
  }

  /** @throws Refusal `unknown-room`, `membership-required`, `unknown-message` */
  async why({ room: name, user, offset }: WhyRequest): Promise<MessageExplanation> {
    await this.record.current(name);
    const room = this.known(name);
    const refusal = refuseReading(room, user);
    if (refusal) throw refusalOf(refusal);
    const [first, last] = [Math.max(1, offset - LOOKED_AT), Math.min(room.last.offset, offset + LOOKED_AT)];
    const explanation = explain(await this.record.read(room, first, last), offset);
    if (explanation === undefined)
      throw new Refusal('unknown-message', `nothing was said in ${name} at ${String(offset)}`);
    return explanation;
  }

  /** @throws Refusal `unknown-room`, `membership-required` */
  async agreement({
    room: name,
    user,
  }: {
    room: string;
    user: Actor;
  }): Promise<{ agreement: Agreement; open: number }> {
    await this.record.current(name);
    const room = this.known(name);
    const refusal = refuseReading(room, user);
    if (refusal) throw refusalOf(refusal);
    return { agreement: room.rules.agreement, open: room.proposals.openCount };
  }

  /** @throws Refusal `unknown-room` */
  async tell(room: string, decide: (state: Room) => Verdict): Promise<void> {
    await this.carryOut(room, decide, undefined);
  }

  /** In which rooms somebody is, and how far each has come. */
  async of(user: Actor): Promise<{ rooms: (RoomPosition & { room: string })[] }> {
    await this.record.current();
    const rooms = [...this.record.rooms.values()].filter((room) => !refuseReading(room, user));
    return { rooms: rooms.map(({ name, epoch, last }) => ({ room: name, epoch, offset: last.offset })) };
  }

  private known(name: string): Room {
    const room = this.record.rooms.get(name);
    if (room === undefined) throw refusalOf(unknownRoom(name));
    return room;
  }

  /**
   * Whose command it is that comes now, if the user may give one more. Nothing is asked or waited for: to refuse costs less than to
   * ask.
   */
  private paced(user: Actor): string {
    const waitMs = this.done.take(whose(user), performance.now());
    if (waitMs > 0) throw new Refusal('too-many-messages', `${user.name} does too much at once`);
    return whose(user);
  }

  private refuseMoreRooms({ name }: Actor): void {
    const made = [...this.record.rooms.values()].filter(({ createdBy }) => keyOf(createdBy) === keyOf(name)).length;
    if (made >= MAX_ROOMS_OF_ACCOUNT) throw new Refusal('too-many-rooms', `${name} has made ${String(made)}`);
  }

  private carryOut(
    name: string,
    decide: (room: Room, at: number) => Verdict,
    user: string | undefined,
  ): Promise<Carried> {
    return this.turns.take(name, user, async () => {
      let isConfirmed = false;
      for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
        const room = this.record.rooms.get(name);
        // Also when it is remembered: then it counts as used.
        if (room !== undefined) await this.record.recall(room);
        if (room !== undefined && room.remembered === undefined) continue;
        const at = Math.max(this.now(), room?.last.at ?? 0);
        const verdict = room === undefined ? unknownRoom(name) : decide(room, at);
        if (room !== undefined && verdict.kind === 'happens') {
          const event = await this.record.append(name, verdict.event, at);
          if (event) return { room, event };
        } else if (!isConfirmed) {
          await this.record.current(name);
          isConfirmed = true;
        } else if (room !== undefined && verdict.kind === 'done') return { room, sequence: verdict.sequence };
        else throw refusalOf(verdict);
      }
      throw new Refusal('overloaded', `too much happens in ${name} at once`);
    });
  }
}

const whose = ({ name, kind }: Pick<Actor, 'name' | 'kind'>): string => `${kind} ${keyOf(name)}`;

const unknownRoom = (name: string): Verdict => ({
  kind: 'refused',
  code: 'unknown-room',
  detail: `there is no room ${name}`,
});

const refusalOf = (verdict: Verdict): Error =>
  verdict.kind === 'refused' ? new Refusal(verdict.code, verdict.detail) : new Error(`${verdict.kind} is no refusal`);
