// The record of all direct messages: what follows from it here, and the way to append to it. Each person has a token of its own in it:
// under that stands what this person does, whichever replicas it asks.
//
// Everything is applied in the order of the stream, what was appended here too, because places in it are places in everybody's
// inbox.
import { directStream, personOf, type DirectEvent, type Party } from '@parley/contracts';
import type { Bus } from '@parley/messaging';
import type { Logger } from 'pino';
import { FollowedRecord } from '../followed-record.js';
import type { Progress } from '../progress.js';
import type { ReplicaClock } from '../replica-clock.js';
import type { DirectEventContent } from './commands.js';
import { Post } from './post.js';

/** An event where it stands. */
export interface Placed {
  readonly sequence: number;
  readonly event: DirectEvent;
}

export class DirectRecord {
  readonly post = new Post();
  private readonly stored: FollowedRecord<DirectEvent>;

  constructor(
    bus: Bus,
    private readonly clock: ReplicaClock,
    log: Logger,
  ) {
    const projection = {
      clear: () => this.post.clear(),
      apply: (event: DirectEvent, sequence: number) => {
        clock.receive(event);
        this.post.apply(event, sequence);
      },
      skip: (person: string, sequence: number) => this.post.skip(person, sequence),
      lastOf: (person: string) => this.post.lastOf(person),
      pastIsRead: clock.awaits(),
    };
    const tokenOf = (event: DirectEvent): string => personOf(event.type === 'sent' ? event.from : event.who);
    const name = 'the record of direct messages';
    this.stored = new FollowedRecord({ bus, contract: directStream, name, tokenOf, projection, log });
  }

  start(): void {
    this.stored.start();
  }

  stop(): void {
    this.stored.stop();
  }

  /** For who waits until something is read. */
  get progress(): Progress {
    return this.stored.progress;
  }

  /** How far the record is known. */
  get last(): number {
    return this.stored.place.sequence;
  }

  /** When the record began: another one is another record. */
  get epoch(): number {
    return Date.parse(this.stored.place.stream);
  }

  /**
   * Resolves when everything is applied that was stored before this was called.
   *
   * @throws Refusal `broker-unreachable`
   */
  current(): Promise<void> {
    return this.stored.current();
  }

  /**
   * Makes something happen, if whoever does it has done nothing else meanwhile.
   *
   * @param at the time of the event, not before that of the last that he did
   * @param alone only if nobody has done anything meanwhile
   * @returns undefined when something else came first, which then is applied
   * @throws Refusal `outcome-unknown`, `broker-unreachable`
   */
  async append(actor: Party, content: DirectEventContent, at: number, alone = false): Promise<Placed | undefined> {
    // Taken before anything is waited for: it is what was decided on.
    const { sequence: last } = this.post.last(actor);
    const all = alone ? this.last : undefined;
    const event: DirectEvent = { ...content, at, ...(await this.clock.step()) };
    const sequence = await this.stored.append(event, last, all);
    if (sequence === undefined) return undefined;
    await this.stored.applied(sequence);
    return { sequence, event };
  }

  /**
   * The events at these places, in this order.
   *
   * @throws Refusal `broker-unreachable`
   */
  async at(sequences: readonly number[]): Promise<Placed[]> {
    const standing = await this.stored.at(sequences);
    return standing.flatMap(({ sequence, event }) => (event ? [{ sequence, event }] : []));
  }
}
