// Events as nodes tell them, appended to the stream as nodes append them.
import { eventStream, protocolEvent, type EventContent, type ProtocolEvent } from '@parley/contracts';
import { Stream, type Bus } from '@parley/messaging';

let batches = 0;

/** A node that tells events. */
export class Teller {
  private readonly stream: Stream<typeof eventStream>;

  constructor(
    private readonly bus: Bus,
    private readonly node: string,
  ) {
    this.stream = new Stream(bus, eventStream);
  }

  event(content: EventContent): ProtocolEvent {
    const { lamport, entry, vector } = this.bus.happened();
    const id = `${this.node}-${String(entry)}`;
    return protocolEvent.parse({
      id,
      node: this.node,
      at: 1_000,
      lamport,
      vector: JSON.parse(vector) as unknown,
      ...content,
    });
  }

  /** One batch of events. */
  async tell(...contents: EventContent[]): Promise<ProtocolEvent[]> {
    const events = contents.map((content) => this.event(content));
    await this.append(JSON.stringify({ events }));
    return events;
  }

  async append(text: string): Promise<void> {
    await this.stream.append(this.node, new TextEncoder().encode(text), `batch-${String(batches++)}`);
  }
}

export const begun = (...ids: string[]): EventContent => ({
  type: 'transaction.begun',
  transactions: ids.map((id) => ({ id })),
});
