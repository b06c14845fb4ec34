// The network between the nodes: messages are delayed and so reordered, lost, doubled, held up until they are of the past,
// and cut off by partitions, both ways or one way. Nobody is told of any of it.
import type { Random } from './random.js';

/** How a network treats messages; each a probability, or ms. */
export interface Weather {
  readonly leastMs: number;
  readonly mostMs: number;
  readonly loss: number;
  readonly duplication: number;
  /** How many are held up, and for how long at most. */
  readonly late: number;
  readonly lateMs: number;
}

/** Nothing is lost, and nothing takes long. */
export const CALM: Weather = { leastMs: 0.5, mostMs: 3, loss: 0, duplication: 0, late: 0, lateMs: 0 };

/** What happened to messages, for the counts of a run. */
export interface NetworkEvents {
  readonly sent: (letter: Letter) => void;
  readonly lost: (letter: Letter) => void;
  readonly cutOff: (letter: Letter) => void;
  readonly duplicated: (letter: Letter) => void;
  readonly late: (letter: Letter) => void;
  readonly arrived: (letter: Letter) => void;
}

export interface Letter {
  readonly from: string;
  readonly to: string;
  /** For the story of a run. */
  readonly about: () => string;
  readonly arrive: () => void;
}

export interface NetworkOptions {
  readonly random: Random;
  readonly after: (delayMs: number, action: () => void) => void;
  readonly events: NetworkEvents;
  readonly weather: Weather;
}

const link = (from: string, to: string): string => `${from} ${to}`;

export class Network {
  weather: Weather;
  /** How many reasons there are for a link to be cut. */
  private readonly cuts = new Map<string, number>();
  /** By how much links are slow, ms. */
  private readonly delays = new Map<string, number>();

  constructor(private readonly options: NetworkOptions) {
    this.weather = options.weather;
  }

  /** Cuts the way from each of these to each of those; returns what heals it. A node always reaches itself. */
  cut(from: readonly string[], to: readonly string[]): () => void {
    const links = from.flatMap((a) => to.filter((b) => a !== b).map((b) => link(a, b)));
    for (const name of links) this.cuts.set(name, (this.cuts.get(name) ?? 0) + 1);
    return () => {
      for (const name of links) {
        const left = (this.cuts.get(name) ?? 1) - 1;
        if (left > 0) this.cuts.set(name, left);
        else this.cuts.delete(name);
      }
    };
  }

  /** Makes what goes from one to the other take so much longer, ms; returns what ends that. */
  slow(from: string, to: string, byMs: number): () => void {
    const add = (ms: number): void => void this.delays.set(link(from, to), this.delayOf({ from, to }) + ms);
    add(byMs);
    return () => add(-byMs);
  }

  send(letter: Letter): void {
    const { random, events } = this.options;
    const { weather } = this;
    events.sent(letter);
    if (this.isCut(letter)) return events.cutOff(letter);
    if (random.chance(weather.loss)) return events.lost(letter);
    if (random.chance(weather.duplication)) {
      events.duplicated(letter);
      this.carry(letter);
    }
    this.carry(letter);
  }

  private carry(letter: Letter): void {
    const { random, events, after } = this.options;
    const { leastMs, mostMs, late, lateMs } = this.weather;
    const isLate = random.chance(late);
    if (isLate) events.late(letter);
    const delayMs = isLate ? random.between(mostMs, lateMs) : random.between(leastMs, mostMs);
    after(delayMs + this.delayOf(letter), () => {
      // A broken connection loses what was on its way.
      if (this.isCut(letter)) events.cutOff(letter);
      else {
        events.arrived(letter);
        letter.arrive();
      }
    });
  }

  private delayOf({ from, to }: Pick<Letter, 'from' | 'to'>): number {
    return this.delays.get(link(from, to)) ?? 0;
  }

  private isCut({ from, to }: Letter): boolean {
    return this.cuts.size > 0 && this.cuts.has(link(from, to));
  }
}
