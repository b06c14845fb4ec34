// What users do with the clocks of a room: start and stop their exchange, and look. As with rooms, it does not matter which replica
// is asked.
import type { InRoomRequest, RoomClocks, RunClocksRequest } from '@parley/contracts';
import { Refusal } from '@parley/messaging';
import { refuseReading, type Actor } from '../rooms/commands.js';
import type { RoomRecord } from '../rooms/record.js';
import type { Room } from '../rooms/room.js';
import { attend } from './attendance.js';
import type { ClockRecord, RoomExchange } from './record.js';
import { step, type Pause, type Present, type Throw } from './step.js';

/** How often a command is decided anew because an exchange came first. */
const MAX_ATTEMPTS = 100;

export interface ExchangeParts {
  readonly clocks: ClockRecord;
  readonly rooms: Pick<RoomRecord, 'rooms' | 'current'>;
  readonly pause: Pause;
  readonly dice: () => Throw;
}

export class ClockExchanges {
  constructor(private readonly parts: ExchangeParts) {}

  /** @throws Refusal `unknown-room`, `membership-required` */
  async read({ room: name, user }: InRoomRequest): Promise<RoomClocks> {
    const room = await this.entered(name, user);
    return view(room, this.parts.clocks.of(name, room.epoch));
  }

  /** @throws Refusal `unknown-room`, `membership-required` */
  async run({ room: name, user, running }: RunClocksRequest): Promise<RoomClocks> {
    const { clocks, pause, dice } = this.parts;
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const room = await this.entered(name, user);
      const exchange = clocks.of(name, room.epoch);
      const { state } = attend(elapsed(exchange, pause), presentIn(room), pause, dice);
      const stepped = step(state, { type: running ? 'started' : 'stopped' }, pause);
      if (stepped.kind === 'ignored') return view(room, exchange);
      const event = { type: running ? 'started' : 'stopped', by: user.name, state: stepped.state } as const;
      if (await clocks.append(name, room.epoch, event, exchange.sequence))
        return view(room, clocks.of(name, room.epoch));
    }
    throw new Refusal('overloaded', `too much happens to the clocks of ${name} at once`);
  }

  /** The room, and its clocks as of now, for somebody who is in it. */
  private async entered(name: string, user: Actor): Promise<Room> {
    const { rooms, clocks } = this.parts;
    await Promise.all([rooms.current(name), clocks.current(name)]);
    const room = rooms.rooms.get(name);
    if (room === undefined) throw new Refusal('unknown-room', `there is no room ${name}`);
    const refusal = refuseReading(room, user);
    if (refusal?.kind === 'refused') throw new Refusal(refusal.code, refusal.detail);
    return room;
  }
}

/** Who is in the room, by when they came in. */
export const presentIn = ({ members }: Room): Present[] =>
  [...members.values()].map(({ name, kind, since }) => ({ name, kind, since })).sort((a, b) => a.since - b.since);

/** The state as of now. */
export function elapsed({ state, heardAt }: RoomExchange, pause: Pause): RoomExchange['state'] {
  const passed = step(state, { type: 'passed', ms: Math.floor(performance.now() - heardAt) }, pause);
  return passed.kind === 'done' ? passed.state : state;
}

const view = ({ name: room }: Room, { state, last }: RoomExchange): RoomClocks => ({
  room,
  phase: state.phase,
  exchanges: state.exchanges,
  members: state.members.map(({ name, kind, lamport, vector }) => ({ name, kind, lamport, vector })),
  last: [...last],
});
