// Who is gone is in no room: guests who sign out at once, others when their sessions are over, and accounts when they are no
// longer connected (../presence). Every replica looks, so that it does not matter which of them live; what one has seen to
// is done for the others.
import type { Logger } from 'pino';
import type { Sessions } from '../accounts/sessions.js';
import { keyOf } from '../names/skeleton.js';
import { Rounds } from '../rounds.js';
import type { Actor } from './commands.js';
import type { RoomRecord } from './record.js';
import type { Rooms } from './rooms.js';

const LOOK_MS = 10_000;

interface GuestInRoom {
  readonly room: string;
  readonly guest: Actor;
}

export class Departures extends Rounds {
  constructor(
    private readonly record: Pick<RoomRecord, 'rooms'>,
    private readonly rooms: Pick<Rooms, 'leave'>,
    private readonly sessions: Pick<Sessions, 'isOver'>,
    log: Logger,
  ) {
    super({ everyMs: LOOK_MS, undone: 'it cannot be told now which guests are gone', log });
  }

  /** The session has ended: its guest leaves all rooms. */
  async ended(session: string): Promise<void> {
    for (const { room, guest } of this.guests())
      if (guest.session === session) await this.rooms.leave({ room, user: guest });
  }

  /** Somebody with an account is gone, and leaves all rooms. */
  async gone(name: string): Promise<void> {
    const key = keyOf(name);
    for (const { name: room, members } of this.record.rooms.values()) {
      const member = members.get(key);
      if (member?.kind === 'account') await this.rooms.leave({ room, user: { name, kind: 'account', session: '' } });
    }
  }

  protected async round(): Promise<void> {
    for (const each of this.guests()) await this.part(() => this.see(each));
  }

  private async see({ room, guest }: GuestInRoom): Promise<void> {
    if (await this.sessions.isOver(guest.session)) await this.rooms.leave({ room, user: guest });
  }

  private guests(): GuestInRoom[] {
    return [...this.record.rooms.values()].flatMap(({ name: room, members }) =>
      [...members.values()].flatMap(({ name, kind, session }) =>
        session === null ? [] : [{ room, guest: { name, kind, session } }],
      ),
    );
  }
}
