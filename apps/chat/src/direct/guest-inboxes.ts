// A guest's inbox ends with the guest: nobody can come back as him, so what waits is forgotten. Every replica looks for itself,
// for each keeps what it has read.
import { Refusal } from '@parley/messaging';
import type { Logger } from 'pino';
import type { Sessions } from '../accounts/sessions.js';
import type { DirectRecord } from './record.js';

const LOOK_MS = 60_000;

export class GuestInboxes {
  private timer: NodeJS.Timeout | undefined;
  private isLooking = false;

  constructor(
    private readonly record: Pick<DirectRecord, 'post'>,
    private readonly sessions: Pick<Sessions, 'isOver'>,
    private readonly log: Logger,
  ) {}

  start(): void {
    this.timer = setInterval(() => void this.look(), LOOK_MS);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** Looks after all guests. What the store cannot tell now, it is asked next time. */
  async look(): Promise<void> {
    if (this.isLooking) return;
    this.isLooking = true;
    try {
      for (const guest of this.record.post.guests)
        if (guest.session !== null && (await this.sessions.isOver(guest.session))) this.record.post.forget(guest);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.log.warn({ reason: error.detail }, 'it cannot be told now whose inboxes have ended');
    } finally {
      this.isLooking = false;
    }
  }
}
