// What a client is told of its inbox: first what waits, then what arrives, each message once and in the order in which they were
// sent. Pure but for the sending: positions grow, so what is not beyond the last is told already.
import type { Arrival, DirectListener } from './direct-feed.js';
import { Held } from './held.js';

interface Client {
  send(frame: Buffer): void;
  /** Resolves when what was sent has left. */
  taken(): Promise<void>;
  /** More has arrived than is held for a client. */
  tooMuch(): void;
  lost(): void;
}

export class ToldInbox implements DirectListener {
  private readonly held: Held<Arrival>;
  private told = 0;

  constructor(private readonly client: Client) {
    this.held = new Held({
      tell: (arrival) => this.tell(arrival),
      taken: () => client.taken(),
      tooMuch: () => client.tooMuch(),
    });
  }

  arrived(arrival: Arrival): void {
    this.held.add(arrival);
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
    await this.held.release();
  }
}
