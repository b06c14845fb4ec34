// Who is there, as the core is told it: what participants whose heartbeats it believes say of themselves, and, by the clock, who has fallen silent. A
// change of who can be listed is told at once, so that nobody waits a heartbeat for it.
import type { Alive, Member } from '@parley/contracts';
import type { Heartbeat } from '@parley/shell';
import type { CoordinatorShell } from './coordinator.shell.js';

/** Three heartbeats. */
const SILENT_MS = 3_000;

type Participant = Extract<Alive, { service: 'participant' }>;

export class Attendance {
  private readonly timers = new Map<string, NodeJS.Timeout>();
  private able = '';

  constructor(
    private readonly shell: Pick<CoordinatorShell, 'submit' | 'members' | 'hearRecorded' | 'whenHeard'>,
    private readonly heartbeat: Pick<Heartbeat, 'beat'>,
  ) {
    shell.whenHeard((alive) => {
      if (alive.service === 'participant') this.hear(alive);
    });
  }

  private hear({ node, logId, nonce, doubled, complete, ledgers }: Participant): void {
    const member = { name: node, logId };
    // In this order: a coordinator that must not give numbers stops before it knows its participants.
    this.shell.submit({ type: 'numbers-known', books: ledgers });
    this.shell.submit({ type: 'participant-heard', member, nonce, doubled, complete, lines: ledgers });
    this.tellChange();
    this.shell.hearRecorded(member, ledgers);
    this.waitForSilence(member);
  }

  stop(): void {
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
  }

  private waitForSilence(member: Member): void {
    const key = `${member.name}/${member.logId}`;
    clearTimeout(this.timers.get(key));
    const timer = setTimeout(() => {
      this.timers.delete(key);
      this.shell.submit({ type: 'participant-silent', member });
      this.tellChange();
    }, SILENT_MS);
    this.timers.set(key, timer);
  }

  private tellChange(): void {
    const able = this.shell.members.able.join();
    if (able === this.able) return;
    this.able = able;
    this.heartbeat.beat();
  }
}
