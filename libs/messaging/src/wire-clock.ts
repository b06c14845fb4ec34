// The clocks of a process beside the text in which a message carries them: Lamport's time, a space, and the vector as JSON
// with its names in order.
//
// The problem: every message is written with the clocks of its sender and moves those of its receiver. Made by way of
// objects, each a copy of the one before, that costs as much as all else in the header together. But from one message to the
// next few entries change, and nearly always both sides know the same names.
//
// - What the clocks show is what process-clock.ts of libs/clocks says: the spec holds one against the other.
// - Entries stand side by side in the order of their names, each with its piece of the text; one that a message has
//   letter for letter is left as it is, of another only the digits are read. What looks at letters is the engine's own code:
//   a loop over them here would run many times before it is compiled.
// - A text is taken up whole or not at all.
import type { Stamp } from '@parley/clocks';

/** The number that these digits write, when a clock may say it and would write it so; else undefined. */
function numberIn(digits: string, greatest: number): number | undefined {
  const value = Number(digits);
  const isUsual = Number.isSafeInteger(value) && value >= 0 && value <= greatest && String(value) === digits;
  return isUsual ? value : undefined;
}

interface Entry {
  readonly name: string;
  /** The name as it stands in the text, with its colon. */
  readonly key: string;
  /** Key and value as they stand in the text; that of the process itself is as old as the vector last shown. */
  text: string;
  value: number;
  /** What the message that is being read has of it; 0 when that is nothing new. */
  heard: number;
  heardText: string;
}

const entryOf = (name: string, value: number): Entry => {
  const key = `${JSON.stringify(name)}:`;
  return { name, key, value, text: key + String(value), heard: 0, heardText: '' };
};

export class WireClock {
  #lamport: number;
  readonly #own: Entry | undefined;
  readonly #entries: Entry[];

  /** See `newClock` of libs/clocks. */
  constructor(process: string | undefined, from: number) {
    this.#lamport = from;
    this.#own = process === undefined ? undefined : entryOf(process, from);
    this.#entries = this.#own ? [this.#own] : [];
  }

  get lamport(): number {
    return this.#lamport;
  }

  /** How many processes the vector names. */
  get size(): number {
    return this.#entries.length;
  }

  has(name: string): boolean {
    return this.#entries.some((entry) => entry.name === name);
  }

  /** How far the process itself has come; Lamport’s time when it has no events of its own. */
  get entry(): number {
    return this.#own?.value ?? this.#lamport;
  }

  /** The vector as JSON. */
  get vector(): string {
    const own = this.#own;
    if (own) own.text = own.key + String(own.value);
    let entries = '';
    for (const { text } of this.#entries) entries += entries === '' ? text : `,${text}`;
    return `{${entries}}`;
  }

  /** What the clocks show, as a message carries it. */
  get text(): string {
    return `${String(this.#lamport)} ${this.vector}`;
  }

  /** Something happens in the process, or it sends a message. */
  step(): void {
    this.#lamport += 1;
    if (this.#own) this.#own.value += 1;
  }

  /** The process receives a message that carries this stamp. */
  receive({ lamport, vector }: Stamp): void {
    for (const [name, value] of Object.entries(vector)) {
      const known = this.#entries.find((entry) => entry.name === name);
      if (known === undefined) this.#entries.push(entryOf(name, value));
      else if (value > known.value) {
        known.value = value;
        known.text = known.key + String(value);
      }
    }
    this.#entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    this.#lamport = Math.max(this.#lamport, lamport);
    this.step();
  }

  /**
   * The process receives a message that carries this text. Nothing is taken up, and false returned, when it names a process
   * that is not known here, has names in another order, a number above `greatest`, or anything else that is unusual.
   */
  receiveText(text: string, greatest: number): boolean {
    const space = text.indexOf(' ');
    const lamport = numberIn(text.slice(0, space), greatest);
    if (lamport === undefined || !this.#read(text, space + 1, greatest)) return false;
    for (const entry of this.#entries) {
      if (entry.heard <= entry.value) continue;
      entry.value = entry.heard;
      entry.text = entry.heardText;
    }
    this.#lamport = Math.max(this.#lamport, lamport);
    this.step();
    return true;
  }

  /** Reads the vector that begins at `at` into what is heard of the entries. Returns whether it is as usual. */
  #read(text: string, at: number, greatest: number): boolean {
    if (text.charAt(at) !== '{' || !text.endsWith('}')) return false;
    const close = text.length - 1;
    let begin = at + 1;
    for (const entry of this.#entries) {
      entry.heard = 0;
      if (!text.startsWith(entry.key, begin)) continue;
      const comma = text.indexOf(',', begin);
      const end = comma === -1 ? close : comma;
      const piece = text.slice(begin, end);
      if (piece !== entry.text) {
        const value = numberIn(piece.slice(entry.key.length), greatest);
        if (value === undefined) return false;
        entry.heard = value;
        entry.heardText = piece;
      }
      begin = end + 1;
    }
    return begin === text.length;
  }
}
