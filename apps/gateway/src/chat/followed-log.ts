// A room's log that goes on as things happen, for one reader, as a stream of text.
//
// It has a place in the record and reads on from there as fast as the reader takes it: nothing is kept for a slow reader but its place.
// One that has all gets what happens as the gateway hears of it, which costs nobody a question; one that fell behind reads
// pages again. It ends when the reader leaves the room, when the session is over, and when the gateway stops.
import { Readable } from 'node:stream';
import { shownRoomEventOf, type RoomHistory, type RoomUser } from '@parley/contracts';
import type { Logger } from 'pino';
import { ProblemError } from '../http/problem.js';
import type { FeedListener, Happening, RoomFeed } from '../socket/room-feed.js';
import type { PageReader } from './log-marks.js';
import { transcriptOf } from './transcript.js';

export interface FollowedLogOptions {
  readonly room: string;
  readonly user: RoomUser;
  readonly feed: RoomFeed;
  readonly read: PageReader;
  /** Whether the session is still good. Rejects with a ProblemError when it cannot be told. */
  readonly isSignedIn: () => Promise<boolean>;
  readonly log: Logger;
  /** How often the session is looked at, in ms; a reader that takes nothing for so long is let go. */
  readonly recheckMs: number;
}

export class FollowedLog extends Readable implements FeedListener {
  private readonly rechecking: NodeJS.Timeout;
  /** The last offset that is told, and the last that is known of. */
  private told: number;
  private known = 0;
  private readonly epoch: number;
  private isWanted = false;
  private isReading = false;
  /** All was read that was there when the gateway began to listen: what comes now comes by the feed. */
  private hasCaughtUp = false;
  private hasTaken = true;
  private hasEnded = false;

  private constructor(
    private readonly options: FollowedLogOptions,
    first: RoomHistory,
    after: number,
  ) {
    super({ highWaterMark: 64 * 1024 });
    this.epoch = first.epoch;
    this.told = after;
    this.rechecking = setInterval(() => void this.recheck(), options.recheckMs);
  }

  /** @throws ProblemError when the user may not read the log */
  static async open(options: FollowedLogOptions, after: number): Promise<FollowedLog> {
    const first = await options.read(after);
    const log = new FollowedLog(options, first, after);
    await options.feed.listen(log);
    return log;
  }

  override _read(): void {
    this.isWanted = true;
    this.hasTaken = true;
    void this.goOn();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    clearInterval(this.rechecking);
    this.options.feed.forget(this);
    callback(error);
  }

  happened({ event }: Happening): void {
    if (event.room !== this.options.room) return;
    if (event.epoch !== this.epoch) return this.end();
    this.known = Math.max(this.known, event.offset);
    if (this.hasCaughtUp && this.isWanted && !this.isReading && event.offset === this.told + 1) {
      this.told = event.offset;
      this.put(transcriptOf(shownRoomEventOf(event)));
    } else void this.goOn();
    // Who has left is told no more: what was not taken yet cannot be read any more either.
    const { user } = this.options;
    if (event.type === 'left' && event.who.name === user.name && event.who.kind === user.kind) this.end();
  }

  aside(): void {
    // The log is what stands in the record.
  }

  lost(): void {
    this.end();
  }

  /** Nothing more is told. */
  end(): void {
    if (this.destroyed || this.hasEnded) return;
    this.hasEnded = true;
    clearInterval(this.rechecking);
    this.options.feed.forget(this);
    this.isWanted = false;
    this.push(null);
  }

  private put(text: string): void {
    // It may have ended while a page was read.
    if (!this.destroyed && !this.hasEnded) this.isWanted = this.push(text);
  }

  /** Reads on from its place, while the reader takes it. */
  private async goOn(): Promise<void> {
    if (this.isReading) return;
    this.isReading = true;
    try {
      while (this.isWanted && !this.destroyed && (!this.hasCaughtUp || this.known > this.told)) {
        const { epoch, items } = await this.options.read(this.told);
        if (epoch !== this.epoch) {
          this.end();
          return;
        }
        this.told = items.at(-1)?.offset ?? this.told;
        if (items.length === 0) this.hasCaughtUp = true;
        else this.put(items.map(transcriptOf).join(''));
      }
    } catch (error) {
      // Not in the room any more; or it cannot be told now what has happened, and the reader comes back.
      if (error instanceof ProblemError && error.code === 'membership-required') this.end();
      else {
        this.tell(error);
        this.destroy();
      }
    } finally {
      this.isReading = false;
    }
  }

  private async recheck(): Promise<void> {
    if (!this.isWanted && !this.hasTaken) {
      this.destroy();
      return;
    }
    this.hasTaken = false;
    try {
      if (!(await this.options.isSignedIn())) this.end();
    } catch (error) {
      // It is asked next time.
      this.tell(error);
    }
  }

  /** A problem is the chat's to tell; anything else is a defect of somebody, and none of this reader's, nor of all others here. */
  private tell(error: unknown): void {
    if (!(error instanceof ProblemError)) this.options.log.error({ err: error }, 'a log could not be followed');
  }
}
