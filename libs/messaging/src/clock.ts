// The clocks of this process, which every message carries in one header: Lamport's time as a number, a space, and the vector
// as JSON. One, because the client looks at each character of a header's name, on either side.
// They tick with each message sent and take up what each message received carries, whatever it is about.
//
// A process begins at the microseconds since the epoch. So one that was killed and is started again goes on above all that
// it has shown before, without having written anything: no process takes a million steps in a second. The same gives a
// bound: no clock can have come further than the time of day, apart from how much clocks of machines differ. What goes
// beyond is forged or of a machine whose clock is wrong; it is refused whole, for once taken up it would never go away.
import { newClock, receive, step, type ProcessClock, type Stamp, type VectorClock } from '@parley/clocks';
import { MAX_CLOCK_ENTRIES, stamp as stampSchema } from '@parley/contracts';
import type { Msg, MsgHdrs } from '@nats-io/transport-node';
import type { Complaints } from './complaints.js';

const clockHeader = 'parley-clock';

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

export class Clock {
  #clock: ProcessClock;
  readonly #complaints: Complaints;
  readonly #now: () => number;

  constructor({ process, complaints, now = Date.now }: ClockOptions) {
    this.#complaints = complaints;
    this.#now = now;
    this.#clock = newClock(process, now() * microsecondsPerMs);
  }

  /** Lamport’s time of the last event of this process. */
  get lamport(): number {
    return this.#clock.lamport;
  }

  /** Something happens in this process. Returns what the clocks show then. */
  step(): Stamp {
    this.#clock = step(this.#clock);
    const { lamport, vector } = this.#clock;
    return { lamport, vector };
  }

  /** A message leaves with these headers. */
  send(headers: MsgHdrs): void {
    const { lamport, vector } = this.step();
    headers.set(clockHeader, `${String(lamport)} ${JSON.stringify(vector)}`);
  }

  /** A message has come. Its clocks are taken up if they can be true. */
  receive({ headers }: Msg): void {
    const text = headers?.get(clockHeader) ?? '';
    // Any NATS client may take part; who has no clocks is not in their order.
    if (text === '') return;
    const read = this.#read(text);
    if (typeof read === 'string') return this.#complain(read);
    const clock = receive(this.#clock, read);
    if (Object.keys(clock.vector).length > MAX_CLOCK_ENTRIES) this.#complain('more nodes than there can be');
    else this.#clock = clock;
  }

  #complain(reason: string): void {
    this.#complaints.add('clocks', reason, {}, 'ignored the clocks of a message');
  }

  /** The stamp, or why it is refused. */
  #read(text: string): Stamp | string {
    if (text.length > maxLength) return 'longer than any clock can be';
    const space = text.indexOf(' ');
    const read = { lamport: Number(text.slice(0, space)), vector: asJson(text.slice(space + 1)) };
    const greatest = (this.#now() + maxAheadMs) * microsecondsPerMs;
    if (this.#isUsual(read, greatest)) return read;
    const parsed = stampSchema.safeParse(read);
    if (!parsed.success) return parsed.error.issues[0]?.message ?? 'not clocks';
    if (parsed.data.lamport > greatest) return 'Lamport’s time is further than an hour ahead';
    const [ahead] = Object.entries(parsed.data.vector).find(([, entry]) => entry > greatest) ?? [];
    return ahead === undefined ? parsed.data : `the entry of ${ahead} is further than an hour ahead`;
  }

  /**
   * Whether the schema would find nothing: the names were parsed before, the numbers are within their bounds. So it is with
   * nearly every message, and a schema for each would cost as much as all the rest of the clocks.
   */
  #isUsual(read: { lamport: number; vector: unknown }, greatest: number): read is Stamp {
    const { lamport, vector } = read;
    if (typeof vector !== 'object' || vector === null || Array.isArray(vector) || !isWithin(lamport, greatest))
      return false;
    for (const node of Object.keys(vector))
      if (!Object.hasOwn(this.#clock.vector, node) || !isWithin((vector as VectorClock)[node], greatest)) return false;
    return true;
  }
}

const isWithin = (number: unknown, greatest: number): boolean =>
  Number.isSafeInteger(number) && (number as number) >= 0 && (number as number) <= greatest;

function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
