// What participants ask of those who hold their seats, for the clients that are connected here. What is open is what the
// participant itself answers: it is asked when somebody says that it has changed, and every two seconds, for what is said may be
// lost. So a client learns of it at whichever gateway it is, and again after each reconnection.
import { facts, type OpenRequest, type SeatHolder } from '@parley/contracts';
import { newTrace, type Bus } from '@parley/messaging';
import type { Logger } from 'pino';
import { ProblemError } from '../http/problem.js';
import type { PersonalVotes } from '../personal-votes.js';
import { isSameHolder } from '../principal.js';
import type { Seats } from '../seats.js';

const LOOK_MS = 2_000;

export interface SeatListener {
  /** Who the client's user is when he holds a seat. */
  readonly holder: SeatHolder;
  /** What is open at this participant for the client's user; nothing when the seat is not his. */
  open(participant: string, requests: readonly OpenRequest[]): void;
}

interface Parts {
  readonly bus: Pick<Bus, 'listen'>;
  readonly seats: Pick<Seats, 'holder'>;
  readonly votes: Pick<PersonalVotes, 'requests'>;
  readonly participants: () => readonly string[];
  readonly log: Logger;
}

export class SeatFeed {
  private readonly listeners = new Set<SeatListener>();
  /** Participants that are being asked; true: once more afterwards. */
  private readonly asking = new Map<string, boolean>();
  private readonly hearings: { stop(): void }[] = [];
  private looking: NodeJS.Timeout | undefined;

  constructor(private readonly parts: Parts) {}

  start(): void {
    const { bus } = this.parts;
    for (const fact of [facts.asked, facts.seated])
      this.hearings.push(bus.listen(fact, ({ participant }) => this.look(participant)));
    this.looking = setInterval(() => this.lookAtAll(), LOOK_MS);
  }

  stop(): void {
    clearInterval(this.looking);
    for (const hearing of this.hearings) hearing.stop();
  }

  /** Tells of all that is open now, and from now on of what changes. */
  listen(listener: SeatListener): void {
    this.listeners.add(listener);
    this.lookAtAll();
  }

  forget(listener: SeatListener): void {
    this.listeners.delete(listener);
  }

  private lookAtAll(): void {
    if (this.listeners.size > 0) for (const participant of this.parts.participants()) this.look(participant);
  }

  private look(participant: string): void {
    if (this.listeners.size === 0) return;
    if (this.asking.has(participant)) this.asking.set(participant, true);
    else void this.ask(participant);
  }

  /** One question at a time, so that what is told is never older than what was told before. */
  private async ask(participant: string): Promise<void> {
    do {
      this.asking.set(participant, false);
      await this.tell(participant);
    } while (this.asking.get(participant) === true);
    this.asking.delete(participant);
  }

  private async tell(participant: string): Promise<void> {
    const { seats, votes, log } = this.parts;
    try {
      const holder = await seats.holder(participant);
      const isHolders = (listener: SeatListener): boolean => holder !== null && isSameHolder(listener.holder, holder);
      const isHere = [...this.listeners].some(isHolders);
      const requests = isHere ? await votes.requests(participant, newTrace()) : [];
      for (const listener of this.listeners) listener.open(participant, isHolders(listener) ? requests : []);
    } catch (error) {
      // What was told stands until the participant, or the store, can be asked again.
      if (error instanceof ProblemError)
        log.debug({ participant, err: error }, 'what a seat is asked cannot be told now');
      else log.error({ participant, err: error }, 'what a seat is asked could not be told');
    }
  }
}
