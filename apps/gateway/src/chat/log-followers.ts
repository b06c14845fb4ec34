// Who follows the log of a room, so that they can be let go when the gateway stops.
import type { RoomFeed } from '../socket/room-feed.js';
import { FollowedLog, type FollowedLogOptions } from './followed-log.js';

const RECHECK_MS = 25_000;

export class LogFollowers {
  private readonly open = new Set<FollowedLog>();

  constructor(
    private readonly feed: RoomFeed,
    private readonly recheckMs = RECHECK_MS,
  ) {}

  /** @throws ProblemError when the user may not read the log */
  async follow(options: Omit<FollowedLogOptions, 'feed' | 'recheckMs'>, after: number): Promise<FollowedLog> {
    const log = await FollowedLog.open({ ...options, feed: this.feed, recheckMs: this.recheckMs }, after);
    this.open.add(log);
    log.once('close', () => this.open.delete(log));
    return log;
  }

  stop(): void {
    for (const log of this.open) log.end();
  }
}
