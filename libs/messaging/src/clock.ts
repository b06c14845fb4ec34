// The clocks of this process, which every message carries in one header: Lamport's time as a number, a space, and the vector
// as JSON. One, because the client that receives it looks at each character of a header's name.
// They tick with each message sent and take up what each message received carries, whatever it is about.
//
// A process begins at the microseconds since the epoch. So one that was killed and is started again goes on above all that
// it has shown before, without having written anything: no process takes a million steps in a second. The same gives a
// bound: no clock can have come further than the time of day, apart from how much clocks of machines differ. What goes
// beyond is forged or of a machine whose clock is wrong; it is refused whole, for once taken up it would never go away.
import type { Stamp } from '@parley/clocks';
import { MAX_CLOCK_ENTRIES, stamp as stampSchema } from '@parley/contracts';
import type { Msg } from '@nats-io/transport-node';
import type { Complaints } from './complaints.js';
import { WireClock } from './wire-clock.js';

export const clockHeader = 'parley-clock';

/** How far the clocks of two machines may differ, ms. */
const maxAheadMs = 3_600_000;
/** Lamport's time, and for each entry a name of 32 characters, 16 digits, and what stands around them. */
const maxLength = 20 + MAX_CLOCK_ENTRIES * 52;

const microsecondsPerMs = 1_000;

export interface ClockOptions {
  /** Whose steps these are. A process without a name has no events of its own and passes on what it hears. */
  readonly process: string | undefined;
  readonly complaints: Complaints;
  readonly now?: () => number;
}

/** What the clocks of a process show. */
export interface Shown {
  readonly lamport: number;
  /** The entry of the process itself, which it never shows twice, also not after a restart. */
  readonly entry: number;
  /** As JSON, which is what becomes of it: as an object it would be made and written anew for each event. */
  readonly vector: string;
}

export class Clock {
  readonly #clock: WireClock;
  readonly #complaints: Complaints;
  readonly #now: () => number;

  constructor({ process, complaints, now = Date.now }: ClockOptions) {
    this.#complaints = complaints;
    this.#now = now;
    this.#clock = new WireClock(process, now() * microsecondsPerMs);
  }

  /** Lamport’s time of the last event of this process. */
  get lamport(): number {
    return this.#clock.lamport;
  }

  /** Something happens in this process. Returns what the clocks show then. */
  step(): Shown {
    this.#clock.step();
    const { lamport, entry, vector } = this.#clock;
    return { lamport, entry, vector };
  }

  /** A message leaves. Returns what its header of clocks says. */
  send(): string {
    this.#clock.step();
    return this.#clock.text;
  }

  /** A message has come. Its clocks are taken up if they can be true. */
  receive({ headers }: Msg): void {
    const text = headers?.get(clockHeader) ?? '';
    // Any NATS client may take part; who has no clocks is not in their order.
    if (text === '') return;
    if (text.length > maxLength) return this.#complain('longer than any clock can be');
    const greatest = (this.#now() + maxAheadMs) * microsecondsPerMs;
    if (this.#clock.receiveText(text, greatest)) return;
    const read = stampIn(text, greatest);
    if (typeof read === 'string') return this.#complain(read);
    const unknown = Object.keys(read.vector).filter((node) => !this.#clock.has(node));
    if (this.#clock.size + unknown.length > MAX_CLOCK_ENTRIES) this.#complain('more nodes than there can be');
    else this.#clock.receive(read);
  }

  #complain(reason: string): void {
    this.#complaints.add('clocks', reason, {}, 'ignored the clocks of a message');
  }
}

/** The stamp, or why it is refused. */
function stampIn(text: string, greatest: number): Stamp | string {
  const space = text.indexOf(' ');
  const read = { lamport: Number(text.slice(0, space)), vector: asJson(text.slice(space + 1)) };
  const parsed = stampSchema.safeParse(read);
  if (!parsed.success) return parsed.error.issues[0]?.message ?? 'not clocks';
  if (parsed.data.lamport > greatest) return 'Lamport’s time is further than an hour ahead';
  const [ahead] = Object.entries(parsed.data.vector).find(([, entry]) => entry > greatest) ?? [];
  return ahead === undefined ? parsed.data : `the entry of ${ahead} is further than an hour ahead`;
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
