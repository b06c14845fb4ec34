// What a shell does, told as protocol events. The shell says what it takes up, appends and performs, in that order, and
// knows nothing of events; what an event tells was forced before, because an effect is performed only then.
import type { CommitRecord, CoordinatorInput, ParticipantInput } from '@parley/commit';
import { eventOf, linesWritten, named } from './effect-events.js';
import type { Events } from './events.js';
import type { Outgoing } from './shell.js';

/** How long a report is not told again, ms. All are counted and told by `$SRV.STATS`. */
const REPORT_MS = 60_000;

export class Watch {
  /** Aborts of this participant's own, until they are forced, with the position in the journal. */
  private abortedAlone: { readonly position: number; readonly id: string; readonly reason: string }[] = [];
  /** When each report was told last, ms since the epoch. What a core reports is one of a few sentences. */
  private readonly reported = new Map<string, number>();

  constructor(
    private readonly events: Pick<Events, 'tell'>,
    private readonly now: () => number = Date.now,
  ) {}

  took(input: CoordinatorInput | ParticipantInput): void {
    if (input.type === 'restarted') this.events.tell({ type: 'node.restarted', transactions: [] });
    // The end of ballot 1's proposal says nothing: at its deadline a recovery begins.
    if (input.type !== 'ask-ended' || input.ballot.counter === 1 || input.places.length === 0) return;
    const { ballot, proposal, places } = input;
    const transactions = places.map(named);
    this.events.tell({ type: 'ballot.ended', ballot, ...(proposal && { proposal }), transactions });
  }

  appended(record: CommitRecord, position: number): void {
    if (record.kind === 'aborted-alone') this.abortedAlone.push({ position, ...named(record), reason: record.reason });
  }

  forced(through: number): void {
    if ((this.abortedAlone[0]?.position ?? Infinity) > through) return;
    const forced = this.abortedAlone.filter(({ position }) => position <= through);
    this.abortedAlone = this.abortedAlone.filter(({ position }) => position > through);
    const transactions = forced.map(({ id, reason }) => ({ id, reason }));
    this.events.tell({ type: 'transaction.aborted-alone', transactions });
  }

  /** The effect is performed now: before a message leaves, so that its clocks know of the event. */
  performing(effect: Outgoing): void {
    const content = eventOf(effect);
    if (content === undefined || (content.type === 'report.made' && this.wasTold(content.what))) return;
    this.events.tell(content);
  }

  /** A peer that sends what is refused must not be able to fill the stream: a reason is told once a minute. */
  private wasTold(what: string): boolean {
    const now = this.now();
    if (now - (this.reported.get(what) ?? -Infinity) < REPORT_MS) return true;
    this.reported.set(what, now);
    return false;
  }

  wrote(lines: Extract<Outgoing, { type: 'write-lines' }>): void {
    this.events.tell(linesWritten(lines));
  }
}
