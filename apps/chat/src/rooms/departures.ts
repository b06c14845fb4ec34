// Who is gone is in no room: guests who sign out at once, others when their sessions are over, and accounts when they are no
// longer connected (../presence). Every replica looks, so that it does not matter which of them live; what one has seen to
// is done for the others.
import { Refusal } from '@parley/messaging';
import type { Logger } from 'pino';
import type { Sessions } from '../accounts/sessions.js';
import { keyOf } from '../names/skeleton.js';
import type { Actor } from './commands.js';
import type { RoomRecord } from './record.js';
import type { Rooms } from './rooms.js';

const LOOK_MS = 10_000;

export class Departures {
  private timer: NodeJS.Timeout | undefined;
  private isLooking = false;

  constructor(
    private readonly record: Pick<RoomRecord, 'rooms'>,
    private readonly rooms: Pick<Rooms, 'leave'>,
    private readonly sessions: Pick<Sessions, 'isOver'>,
    private readonly log: Logger,
  ) {}

  start(): void {
    this.timer = setInterval(() => void this.look(), LOOK_MS);
  }

  stop(): void {
    clearInterval(this.timer);
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

  /** Looks after all guests. What the store cannot tell now, it is asked next time. */
  async look(): Promise<void> {
    if (this.isLooking) return;
    this.isLooking = true;
    try {
      for (const { room, guest } of this.guests())
        if (await this.sessions.isOver(guest.session)) await this.rooms.leave({ room, user: guest });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.log.warn({ reason: error.detail }, 'it cannot be told now which guests are gone');
    } finally {
      this.isLooking = false;
    }
  }

  private guests(): { room: string; guest: Actor }[] {
    return [...this.record.rooms.values()].flatMap(({ name: room, members }) =>
      [...members.values()].flatMap(({ name, kind, session }) =>
        session === null ? [] : [{ room, guest: { name, kind, session } }],
      ),
    );
  }
}
