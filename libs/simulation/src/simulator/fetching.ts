// Asks the others for lines, as apps/participant does: everybody at once, and what has come until the end is judged together.
import { FETCH_MS, fetchDelayMs, linked, type FetchedFrom, type ParticipantInput } from '@parley/commit';
import type { Place } from '@parley/contracts';
import type { Ballots } from './ballots.js';
import { nextDigest } from './digests.js';
import { toldByOne } from './line-answers.js';
import { COORDINATOR } from './plan.js';
import type { SimulatedProcess } from './process.js';
import { tellRanges } from './story.js';
import type { Of, Surroundings, ToldLines } from './surroundings.js';

/** A node that was not heard of for so long is not waited for, ms. */
const LIVE_MS = 3_000;

interface Asker {
  readonly isDecided: (place: Place) => boolean;
  readonly submit: (input: Extract<ParticipantInput, { type: 'fetched' | 'fetch-ended' }>) => void;
}

export class Fetching {
  private readonly seenAt = new Map<string, number>();

  constructor(
    private readonly process: SimulatedProcess,
    private readonly world: Surroundings,
    private readonly ballots: Ballots,
    private readonly asker: Asker,
  ) {}

  hear(name: string): void {
    this.seenAt.set(name, this.process.clock.now());
  }

  clear(): void {
    this.seenAt.clear();
  }

  ask({ book, fruitless, ranges }: Of<'fetch'>): void {
    const { process, world } = this;
    process.after(fetchDelayMs(fruitless, world.timeouts, world.random.unit()), () => {
      const replies: FetchedFrom[] = [];
      this.ballots.gather<ToldLines>({
        to: world.everybody,
        about: () => `fetches ${tellRanges(ranges)}`,
        ask: (node, respond) => node.hearFetch(ranges, respond),
        timeoutMs: FETCH_MS,
        // Its own answer comes too.
        expected: this.livePeers + 1,
        tell: ({ decided }) => `has ${String(decided.length)} decided transactions to give`,
        onReply: (told) => {
          if (told.from !== process.name) replies.push(linked(told, nextDigest));
        },
        onEnd: () => {
          this.judge(replies);
          this.asker.submit({ type: 'fetch-ended', book });
        },
      });
    });
  }

  private judge(replies: readonly FetchedFrom[]): void {
    const alone = toldByOne(replies).filter((place) => !this.asker.isDecided(place));
    this.asker.submit({ type: 'fetched', coordinator: COORDINATOR, replies });
    this.world.counts.linesProvenByDigests += alone.filter((place) => this.asker.isDecided(place)).length;
  }

  /** How many other nodes can be expected to answer. */
  private get livePeers(): number {
    const since = this.process.clock.now() - LIVE_MS;
    return [...this.seenAt.values()].filter((seenAt) => seenAt > since).length;
  }
}
