// Who follows the log of a room, so that they can be let go when the gateway stops.
import type { Logger } from 'pino';
import type { RoomFeed } from '../socket/room-feed.js';
import { FollowedLog, type FollowedLogOptions } from './followed-log.js';

const RECHECK_MS = 25_000;

export class LogFollowers {
  private readonly open = new Set<FollowedLog>();

  constructor(
    private readonly feed: RoomFeed,
    private readonly log: Logger,
    private readonly recheckMs = RECHECK_MS,
  ) {}

  /** @throws ProblemError when the user may not read the log */
  async follow(options: Omit<FollowedLogOptions, 'feed' | 'log' | 'recheckMs'>, after: number): Promise<FollowedLog> {
    const { feed, log, recheckMs } = this;
    const followed = await FollowedLog.open({ ...options, feed, log, recheckMs }, after);
    this.open.add(followed);
    followed.once('close', () => this.open.delete(followed));
    return followed;
  }

  stop(): void {
    for (const followed of this.open) followed.end();
  }
}
