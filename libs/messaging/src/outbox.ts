// What is to be sent while there is no broker. The NATS client forgets what is published while it reconnects, and says
// nothing; here it is kept within bounds, sent in order after the reconnection, and what is dropped is counted.
import type { Logger } from 'pino';

const maxMessages = 1_000;
const maxBytes = 8 * 1024 * 1024;

interface Held {
  readonly send: () => void;
  readonly bytes: number;
  readonly expiresAt: number;
}

export class Outbox {
  #held: Held[] = [];
  #bytes = 0;
  #dropped = 0;

  constructor(private readonly log: Logger) {}

  get length(): number {
    return this.#held.length;
  }

  /** Keeps a message for `forMs` milliseconds at most. When the outbox is full the oldest goes. */
  hold(send: () => void, { bytes, forMs }: { bytes: number; forMs: number }): void {
    this.#held.push({ send, bytes, expiresAt: Date.now() + forMs });
    this.#bytes += bytes;
    while (this.#held.length > maxMessages || this.#bytes > maxBytes) {
      this.#bytes -= this.#held.shift()?.bytes ?? 0;
      this.#dropped++;
    }
  }

  /** Sends what is held and still of use, oldest first. */
  flush(): void {
    const held = this.#held;
    const now = Date.now();
    this.#held = [];
    this.#bytes = 0;
    for (const { send, expiresAt } of held) {
      if (expiresAt < now) {
        this.#dropped++;
        continue;
      }
      try {
        send();
      } catch (error) {
        // The broker that came back may take less than the one before. The others are sent all the same.
        this.#dropped++;
        this.log.error({ err: error }, 'a message could not be sent after the reconnection');
      }
    }
    if (this.#dropped > 0) {
      this.log.warn({ dropped: this.#dropped }, 'messages were dropped while there was no broker');
      this.#dropped = 0;
    }
  }
}
