// Who holds which participant's seat. The truth is the broker's key-value store, changed by compare-and-set only: of many
// who want one seat at once, one gets it, through whichever gateway they ask. A gateway keeps nothing of it.
import { buckets, type HeldSeat, type Seat } from '@parley/contracts';
import { BusError, KeyValue, type Bus } from '@parley/messaging';
import type { Logger } from 'pino';
import { ProblemError } from './http/problem.js';
import { unknownParticipant } from './participant-problems.js';
import type { Presence } from './presence.js';

const free: HeldSeat = { holder: null, since: null };

export class Seats {
  private store: Promise<KeyValue<HeldSeat>> | undefined;

  constructor(
    private readonly bus: Bus,
    private readonly presence: Pick<Presence, 'isKnown'>,
    private readonly log: Logger,
  ) {}

  /**
   * Takes a seat. Nothing changes for who holds it already.
   *
   * @throws ProblemError `unknown-participant`, `seat-taken`, `broker-unreachable`
   */
  async take(participant: string, holder: string): Promise<Seat> {
    for (;;) {
      const { seat, revision } = await this.read(participant);
      if (seat.holder === holder) return { participant, ...seat };
      if (seat.holder !== null) {
        throw new ProblemError(
          'seat-taken',
          `${seat.holder} holds the seat of ${participant} since ${seat.since ?? '?'}`,
        );
      }
      const taken = { holder, since: new Date().toISOString() };
      if (await this.set(participant, revision, taken)) return { participant, ...taken };
    }
  }

  /**
   * Gives a seat up. Nothing happens when it is free.
   *
   * @throws ProblemError `unknown-participant`, `seat-required` when somebody else holds it, `broker-unreachable`
   */
  async leave(participant: string, holder: string): Promise<void> {
    for (;;) {
      const { seat, revision } = await this.read(participant);
      if (seat.holder === null) return;
      refuseOthers(participant, seat, holder);
      if (await this.set(participant, revision, free)) return;
    }
  }

  /**
   * Frees the seat of a participant that has left, whoever holds it.
   *
   * @throws ProblemError `broker-unreachable`
   */
  async vacate(participant: string): Promise<void> {
    for (;;) {
      const { seat, revision } = await this.stored(participant);
      if (seat.holder === null) return;
      if (!(await this.set(participant, revision, free))) continue;
      this.log.info({ participant, holder: seat.holder }, 'left: its seat is free');
      return;
    }
  }

  /** @throws ProblemError `unknown-participant`, `seat-required` when this is not the seat's holder, `broker-unreachable` */
  async require(participant: string, holder: string): Promise<void> {
    const { seat } = await this.read(participant);
    refuseOthers(participant, seat, holder);
  }

  /** Who holds these participants' seats, in order; null where the store does not tell. */
  async all(participants: readonly string[]): Promise<(HeldSeat | null)[]> {
    try {
      const entries = participants.map((participant) => this.ask((store) => store.get(participant)));
      return (await Promise.all(entries)).map(({ value }) => value ?? free);
    } catch (error) {
      // Who is there can be told without it.
      if (!(error instanceof ProblemError)) throw error;
      this.log.warn({ err: error }, 'it cannot be told who holds the seats');
      return participants.map(() => null);
    }
  }

  private async read(participant: string): Promise<{ seat: HeldSeat; revision: number }> {
    if (!this.presence.isKnown(participant)) throw unknownParticipant(participant);
    return this.stored(participant);
  }

  private async stored(participant: string): Promise<{ seat: HeldSeat; revision: number }> {
    const { value, revision } = await this.ask((store) => store.get(participant));
    return { seat: value ?? free, revision };
  }

  /** Whether nobody was faster. */
  private async set(participant: string, revision: number, seat: HeldSeat): Promise<boolean> {
    return (await this.ask((store) => store.compareAndSet(participant, revision, seat))) !== undefined;
  }

  /** The bucket is opened when it is first needed: a gateway starts, and serves what it can, without the store. */
  private async ask<T>(question: (store: KeyValue<HeldSeat>) => Promise<T>): Promise<T> {
    try {
      this.store ??= KeyValue.open(this.bus, buckets.seats);
      return await question(await this.store);
    } catch (error) {
      if (!(error instanceof BusError) || error.code === 'invalid-reply') throw error;
      // It could not be opened, or the bucket is gone with its disk: the next question opens it anew.
      this.store = undefined;
      const detail = 'the broker’s key-value store, which knows who holds the seats, does not answer';
      throw new ProblemError('broker-unreachable', detail, {}, { cause: error });
    }
  }
}

function refuseOthers(participant: string, { holder: held }: HeldSeat, holder: string): void {
  if (held === holder) return;
  throw new ProblemError(
    'seat-required',
    `the seat of ${participant} is ${held === null ? 'free' : `held by ${held}`}`,
  );
}
