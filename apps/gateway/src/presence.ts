// Who is there, and how long every ledger is. Pure: facts and times come in, answers go out. A participant is known by
// its name and its logId: one that comes back with a new journal is another member, and its lines count anew.
import type { Alive, Member, Participant, Place, Recorded } from '@parley/contracts';

/** A node is live while it has been heard of within this time, in milliseconds. Nodes announce themselves every second. */
export const LIVE_MS = 3_000;

/** participant-10 after participant-9. */
const byName = new Intl.Collator('en', { numeric: true }).compare;

/** A ledger of the book is now this long at some participant. */
export interface Growth {
  readonly book: string;
  readonly lines: number;
}

interface SeenParticipant {
  readonly logId: string;
  readonly complete: boolean;
  readonly seenAt: number;
  readonly ledgers: Map<string, number>;
}

/** Times are milliseconds since the epoch. */
export class Presence {
  private coordinatorSeenAt = -Infinity;
  private registered: readonly string[] = [];
  private leaving: readonly string[] = [];
  private able: readonly string[] = [];
  /** How many participants must be there for a transaction to begin. */
  private needed = 0;
  private readonly seen = new Map<string, SeenParticipant>();

  /** Takes a node's announcement. Returns which of its ledgers are longer than was known. */
  heard(alive: Alive, now: number): Growth[] {
    if (alive.service === 'coordinator') {
      this.coordinatorSeenAt = now;
      this.registered = alive.participants;
      this.leaving = alive.leaving;
      this.able = alive.able;
      this.needed = alive.needed;
      return [];
    }
    const { logId } = alive;
    const complete = alive.complete && !alive.doubled;
    return this.update({ name: alive.node, logId }, { complete, lines: alive.ledgers, now });
  }

  /** Who was leaving and has left, by an announcement that was not taken yet. */
  departed(alive: Alive): string[] {
    if (alive.service !== 'coordinator') return [];
    return this.leaving.filter((name) => !alive.participants.includes(name));
  }

  /** Takes the news that a ledger grew. Returns it if it is longer than was known. */
  recorded({ from, book, first, lines }: Recorded, now: number): Growth[] {
    const complete = this.member(from)?.complete ?? false;
    return this.update(from, { complete, lines: [{ book, lines: first + lines.length - 1 }], now });
  }

  /** How many lines the member's ledger of the book has; 0 when nothing is known of this name with this logId. */
  lines(member: Member, book: string): number {
    return this.member(member)?.ledgers.get(book) ?? 0;
  }

  /** Identity of the journal that the participant of this name has now, as far as is known. */
  logIdOf(name: string): string | undefined {
    return this.seen.get(name)?.logId;
  }

  isCoordinatorLive(now: number): boolean {
    return now - this.coordinatorSeenAt < LIVE_MS;
  }

  isLive(member: Member, now: number): boolean {
    const seen = this.member(member);
    return seen !== undefined && now - seen.seenAt < LIVE_MS;
  }

  /** In how many of the list's ledgers the transaction's line is written. */
  applied(list: readonly Member[], { book, number }: Place): number {
    return list.filter((member) => this.lines(member, book) >= number).length;
  }

  /**
   * Whether the line is written by every member of the list that is live, and by at least one: a line is written only
   * after the decision, so the transaction is also decided.
   */
  isAppliedByLive(list: readonly Member[], place: Place, now: number): boolean {
    const pending = list.filter((member) => this.lines(member, place.book) < place.number);
    return pending.length < list.length && !pending.some((member) => this.isLive(member, now));
  }

  /** Names of the participants that can be expected to answer. */
  liveNames(now: number): string[] {
    return [...this.seen].filter(([, { seenAt }]) => now - seenAt < LIVE_MS).map(([name]) => name);
  }

  isKnown(name: string): boolean {
    return this.seen.has(name) || this.registered.includes(name);
  }

  /** How many participants the system has, as far as is known. */
  get size(): number {
    return this.allNames().size;
  }

  /** All registered participants and any other that was seen, by name. */
  participants(now: number): Omit<Participant, 'seat'>[] {
    return this.names().map((id) => {
      const seen = this.seen.get(id);
      const ledgers = [...(seen?.ledgers ?? [])].map(([book, lines]) => ({ book, lines }));
      return {
        id,
        registered: this.registered.includes(id),
        leaving: this.leaving.includes(id),
        able: this.isCoordinatorLive(now) && this.able.includes(id),
        live: seen !== undefined && now - seen.seenAt < LIVE_MS,
        complete: seen?.complete ?? false,
        seenAt: seen ? new Date(seen.seenAt).toISOString() : null,
        logId: seen?.logId ?? null,
        ledgers: ledgers.sort((a, b) => (a.book < b.book ? -1 : 1)),
      };
    });
  }

  /**
   * What is missing for transactions to begin: the coordinator, and, when fewer participants than are needed are live and
   * complete, those that are not. `participants` stands for such as were never heard of.
   */
  missing(now: number): string[] {
    const coordinator = this.isCoordinatorLive(now) ? [] : ['coordinator'];
    const staying = this.participants(now).filter(({ registered, leaving }) => registered && !leaving);
    const absent = staying.filter(({ live, complete }) => !(live && complete)).map(({ id }) => id);
    if (staying.length - absent.length >= this.needed) return coordinator;
    return [...coordinator, ...absent, ...(staying.length < this.needed ? ['participants'] : [])];
  }

  private names(): string[] {
    return [...this.allNames()].sort(byName);
  }

  private allNames(): Set<string> {
    return new Set([...this.registered, ...this.seen.keys()]);
  }

  private member({ name, logId }: Member): SeenParticipant | undefined {
    const seen = this.seen.get(name);
    return seen?.logId === logId ? seen : undefined;
  }

  /** Announcements and news may overtake each other: of one journal's ledger the greatest length counts. */
  private update(
    { name, logId }: Member,
    news: { complete: boolean; lines: readonly Growth[]; now: number },
  ): Growth[] {
    const ledgers = this.member({ name, logId })?.ledgers ?? new Map<string, number>();
    const longer = news.lines.filter(({ book, lines }) => lines > (ledgers.get(book) ?? 0));
    for (const { book, lines } of longer) ledgers.set(book, lines);
    this.seen.set(name, { logId, complete: news.complete, seenAt: news.now, ledgers });
    return longer;
  }
}
