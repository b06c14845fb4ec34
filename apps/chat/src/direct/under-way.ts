// How many messages to each inbox a replica is storing (commands.ts says what for). One counts until it is read back, or known not
// to be stored; one of which that is not known until everything was read that was stored before.
import { personOf, type Party } from '@parley/contracts';

export class UnderWay {
  private readonly counts = new Map<string, number>();
  private readonly unknown = new Set<readonly Party[]>();

  to(party: Party): number {
    return this.counts.get(personOf(party)) ?? 0;
  }

  /** Counts a message while it is stored. */
  async during<T>(recipients: readonly Party[], work: () => Promise<T>): Promise<T> {
    this.change(recipients, 1);
    try {
      const done = await work();
      this.change(recipients, -1);
      return done;
    } catch (error) {
      this.unknown.add(recipients);
      throw error;
    }
  }

  /** Everything is read that was stored before: what was unknown until then is known. */
  async known(reading: Promise<void>): Promise<void> {
    const before = [...this.unknown];
    await reading;
    for (const recipients of before) if (this.unknown.delete(recipients)) this.change(recipients, -1);
  }

  private change(recipients: readonly Party[], by: number): void {
    for (const party of recipients) {
      const count = this.to(party) + by;
      if (count > 0) this.counts.set(personOf(party), count);
      else this.counts.delete(personOf(party));
    }
  }
}
