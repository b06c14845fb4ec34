// A guest's inbox ends with the guest: nobody can come back as him, so what waits is forgotten. Every replica looks for itself,
// for each keeps what it has read.
import type { Party } from '@parley/contracts';
import type { Logger } from 'pino';
import type { Sessions } from '../accounts/sessions.js';
import { Rounds } from '../rounds.js';
import type { DirectRecord } from './record.js';

const LOOK_MS = 60_000;

export class GuestInboxes extends Rounds {
  constructor(
    private readonly record: Pick<DirectRecord, 'post'>,
    private readonly sessions: Pick<Sessions, 'isOver'>,
    log: Logger,
  ) {
    super({ everyMs: LOOK_MS, undone: 'it cannot be told now whose inboxes have ended', log });
  }

  protected async round(): Promise<void> {
    for (const guest of this.record.post.guests) await this.part(() => this.see(guest));
  }

  private async see(guest: Party): Promise<void> {
    if (guest.session !== null && (await this.sessions.isOver(guest.session))) this.record.post.forget(guest);
  }
}
