// What a client is told of its inbox: first what waits, then what arrives, each message once and in the order in which they were
// sent. Pure but for the sending: positions grow, so what is not beyond the last is told already.
import type { Arrival, DirectListener } from './direct-feed.js';

/** Messages that may arrive while a client is told of what waits. */
const MAX_HELD = 10_000;
const HELD_AT_ONCE = 50;

interface Client {
  send(frame: Buffer): void;
  /** Resolves when what was sent has left. */
  taken(): Promise<void>;
  /** More has arrived than is held for a client. */
  tooMuch(): void;
  lost(): void;
}

export class ToldInbox implements DirectListener {
  private held: Arrival[] | undefined = [];
  private told = 0;

  constructor(private readonly client: Client) {}

  arrived(arrival: Arrival): void {
    if (this.held === undefined) this.tell(arrival);
    else if (this.held.push(arrival) > MAX_HELD) this.client.tooMuch();
  }

  lost(): void {
    this.client.lost();
  }

  tell({ position: { offset }, frame }: Arrival): void {
    if (offset <= this.told) return;
    this.told = offset;
    this.client.send(frame());
  }

  /** All is told that waited up to this offset: what has arrived beyond it comes now, and what arrives from now on at once. */
  async caughtUp(offset: number): Promise<void> {
    this.told = Math.max(this.told, offset);
    // Not more at once than a client that takes it may be sent.
    while (this.held !== undefined && this.held.length > 0) {
      for (const arrival of this.held.splice(0, HELD_AT_ONCE)) this.tell(arrival);
      await this.client.taken();
    }
    this.held = undefined;
  }
}
