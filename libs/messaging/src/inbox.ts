// One subscription for the answers to all requests and gathers of this process. The last token of the reply subject
// says which of them an answer belongs to; an answer that comes after its time-out belongs to none and is counted.
import { createInbox, type Msg } from '@nats-io/transport-node';
import type { Logger } from 'pino';
import type { Link } from './link.js';

/** Where the answers to one request arrive. */
export interface ReplyAddress {
  readonly subject: string;
  close(): void;
}

export class Inbox {
  readonly #prefix = `${createInbox()}.`;
  readonly #open = new Map<string, (message: Msg) => void>();
  #next = 0;
  #late = 0;

  constructor(
    link: Link,
    private readonly log: Logger,
  ) {
    link.subscribe(`${this.#prefix}*`, (message) => this.#deliver(message));
  }

  /** Answers that came after the time-out of their request, or again after its only answer. */
  get late(): number {
    return this.#late;
  }

  open(receive: (message: Msg) => void): ReplyAddress {
    const token = (this.#next++).toString(36);
    this.#open.set(token, receive);
    return { subject: this.#prefix + token, close: () => this.#open.delete(token) };
  }

  #deliver(message: Msg): void {
    const receive = this.#open.get(message.subject.slice(this.#prefix.length));
    if (receive !== undefined) {
      receive(message);
      return;
    }
    this.#late++;
    this.log.debug({ late: this.#late }, 'dropped an answer that came too late');
  }
}
