// Reads along what members of a room exchange, from the store itself, and follows it as anybody could with a pencil.
import { clockEvent, clockStream, type ClockEvent, type ClocksExchanged } from '@parley/contracts';
import { Stream, type Bus, type StreamMessage } from '@parley/messaging';

export class Exchanges {
  readonly all: { readonly node: string; readonly exchange: ClocksExchanged }[] = [];
  private look = (): void => undefined;
  private readonly reader: { stop(): void };

  constructor(
    bus: Bus,
    private readonly room: string,
  ) {
    this.reader = new Stream(bus, clockStream).read(this);
  }

  began(): void {
    // From the first that the store has.
  }
  away(): void {
    // It goes on.
  }
  message({ payload }: StreamMessage): void {
    const event: ClockEvent = clockEvent.parse(JSON.parse(new TextDecoder().decode(payload)));
    if (event.type === 'exchanged' && event.room === this.room)
      this.all.push({ node: event.node, exchange: event.exchange });
    this.look();
  }

  stop(): void {
    this.reader.stop();
  }

  /** So many more have happened, done by this chat replica or by any. */
  async more(count: number, fits: (node: string) => boolean = () => true): Promise<void> {
    const from = this.all.length;
    while (this.all.slice(from).filter(({ node }) => fits(node)).length < count)
      await new Promise<void>((resolve) => (this.look = resolve));
  }

  /** What is not as it would be if each had happened once, after the one before, and merged the clocks. */
  get faults(): string[] {
    const clocks = new Map<string, Readonly<Record<string, number>>>();
    return this.all.flatMap(({ exchange: { number, from, to, sent, before, after } }, index) => {
      const sender = clocks.get(from) ?? { [from]: 0 };
      const receiver = clocks.get(to) ?? { [to]: 0 };
      const merged = { ...receiver };
      for (const [name, entry] of Object.entries(sent.vector)) merged[name] = Math.max(merged[name] ?? 0, entry);
      clocks.set(from, sent.vector).set(to, after.vector);
      const isRight =
        number === index + 1 &&
        isSame(sent.vector, { ...sender, [from]: sender[from]! + 1 }) &&
        isSame(before.vector, receiver) &&
        isSame(after.vector, { ...merged, [to]: merged[to]! + 1 });
      return isRight ? [] : [`${String(number)}: ${from} to ${to}`];
    });
  }
}

const isSame = (a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): boolean =>
  Object.keys({ ...a, ...b }).every((name) => a[name] === b[name]);
