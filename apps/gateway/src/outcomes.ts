// The outcomes that participants have lately written, so that a decision that is told before anybody waits for it need
// not be read again. A window, not a record: what has left it is asked of the coordinator.
import { transactionId, type Outcome, type Place, type Recorded } from '@parley/contracts';

/** How a transaction ended, and when in milliseconds since the epoch. */
export interface RecordedOutcome {
  readonly outcome: Outcome;
  readonly decidedAt: number;
}

export class Outcomes {
  private readonly byId = new Map<string, RecordedOutcome>();

  constructor(private readonly capacity = 16_384) {}

  recorded({ book, first, lines }: Recorded): void {
    lines.forEach(({ outcome, decidedAt }, index) => {
      const id = transactionId({ book, number: first + index });
      if (!this.byId.has(id)) this.byId.set(id, { outcome, decidedAt });
    });
    for (const oldest of this.byId.keys()) {
      if (this.byId.size <= this.capacity) break;
      this.byId.delete(oldest);
    }
  }

  of(place: Place): RecordedOutcome | undefined {
    return this.byId.get(transactionId(place));
  }
}
