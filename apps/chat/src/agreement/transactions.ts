// Transactions as the nodes have them on record. The coordinator is asked first; the participants when it is away, no longer keeps
// what is asked for, or lacks a decision that a ledger shows to have been made.
import {
  coordinatorOperations,
  participantOperations,
  type Alive,
  type KnownTransaction,
  type Place,
} from '@parley/contracts';
import { BusError, type Bus } from '@parley/messaging';

/** How long the coordinator, and after it the participants, have to answer, in milliseconds. */
const READ_MS = 1_000;

export class Transactions {
  /** By book: its length at each participant that was heard of. */
  private readonly lines = new Map<string, number>();
  private readonly participants = new Set<string>();

  constructor(private readonly bus: Pick<Bus, 'request' | 'gather'>) {}

  heard(alive: Alive): void {
    if (alive.service === 'coordinator') return;
    this.participants.add(alive.node);
    for (const { book, lines } of alive.ledgers) this.lines.set(book, Math.max(lines, this.lines.get(book) ?? 0));
  }

  /** As much as is known of it now; null when nobody who answers knows it. */
  async read(place: Place): Promise<KnownTransaction | null> {
    const known = await this.atCoordinator(place);
    const isWritten = place.number <= (this.lines.get(place.book) ?? 0);
    if (known && (known.decision || !isWritten)) return known;
    return (await this.atParticipants(place)) ?? known;
  }

  private async atCoordinator(place: Place): Promise<KnownTransaction | null> {
    try {
      return (await this.bus.request(coordinatorOperations.read, place, { timeoutMs: READ_MS })).transaction;
    } catch (error) {
      if (error instanceof BusError) return null;
      throw error;
    }
  }

  private async atParticipants(place: Place): Promise<KnownTransaction | null> {
    let best: KnownTransaction | null = null;
    await this.bus.gather(participantOperations.read, place, {
      timeoutMs: READ_MS,
      expected: Math.max(1, this.participants.size),
      onReply: ({ transaction }) => {
        // Decisions never differ, so any will do.
        if (best === null || (best.decision === null && transaction?.decision)) best = transaction;
      },
    });
    return best;
  }
}
