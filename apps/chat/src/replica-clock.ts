// The logical clocks of this replica: one process, whatever it keeps a record of. To apply an event of another replica is to
// receive it. A replica that was restarted goes on from what the records have of it, so it stamps nothing before it has read
// again how far it had come.
import { newClock, receive, step, type ProcessClock, type Stamp } from '@parley/clocks';
import { Progress } from './progress.js';

export class ReplicaClock {
  private clock: ProcessClock;
  /** Records that are not read again yet. */
  private behind = 0;
  private readonly progress = new Progress('what this replica has done before');

  /** @param node the replica's entry in vector clocks */
  constructor(node: string) {
    this.clock = newClock(node);
  }

  /** What it shows now. */
  get shown(): Stamp {
    const { lamport, vector } = this.clock;
    return { lamport, vector: { ...vector } };
  }

  /** There is a record that may have stamps of this replica. What is given back is called when all of those are read again. */
  awaits(): () => void {
    let isRead = false;
    this.behind += 1;
    return () => {
      if (isRead) return;
      isRead = true;
      this.behind -= 1;
      this.progress.made();
    };
  }

  /**
   * Something happens here. Gives the stamp once all records are read again.
   *
   * @throws Refusal `broker-unreachable`
   */
  async step(): Promise<Stamp> {
    await this.progress.until(() => this.behind === 0);
    this.clock = step(this.clock);
    return this.shown;
  }

  receive(stamp: Stamp): void {
    this.clock = receive(this.clock, stamp);
  }
}
