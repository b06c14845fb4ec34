// Who holds which participant's seat. The truth is the broker's key-value store, changed by compare-and-set only: of many
// who want one seat at once, one gets it, through whichever gateway they ask. A gateway keeps nothing of it.
//
// A seat is held until it is given up: by its holder, by the operator, or because its participant leaves. That of a guest is
// free as soon as his session is over, which whoever reads the seat finds out: nobody has to be there to free it.
import { buckets, facts, type HeldSeat, type Seat, type SeatHolder } from '@parley/contracts';
import { BusError, KeyValue, type Bus } from '@parley/messaging';
import type { Logger } from 'pino';
import { ProblemError } from './http/problem.js';
import { holderOf, isSameHolder, nameOf, type Principal } from './principal.js';
import { unknownParticipant } from './participant-problems.js';
import type { Presence } from './presence.js';

const free: HeldSeat = { holder: null, since: null };

export class Seats {
  private store: Promise<KeyValue<HeldSeat>> | undefined;

  constructor(
    private readonly bus: Bus,
    private readonly presence: Pick<Presence, 'isKnown'>,
    /** Whether a guest's session is over, and stays so. */
    private readonly isOver: (session: string) => Promise<boolean>,
    private readonly log: Logger,
  ) {}

  /**
   * Takes a seat. Nothing changes for who holds it already.
   *
   * @throws ProblemError `unknown-participant`, `seat-taken`, `broker-unreachable`, `chat-unreachable`
   */
  async take(participant: string, principal: Principal): Promise<Seat> {
    const holder = holderOf(principal);
    for (;;) {
      const { seat, revision } = await this.read(participant);
      if (seat.holder && isSameHolder(seat.holder, holder)) return { participant, ...shownSeat(seat) };
      if (seat.holder && !(await this.isGone(seat.holder))) {
        const since = seat.since ?? '?';
        throw new ProblemError('seat-taken', `${seat.holder.name} holds the seat of ${participant} since ${since}`);
      }
      const taken = { holder, since: new Date().toISOString() };
      if (await this.set(participant, revision, taken)) return { participant, ...shownSeat(taken) };
    }
  }

  /**
   * Gives a seat up. Nothing happens when it is free. The operator gives up anybody's.
   *
   * @throws ProblemError `unknown-participant`, `seat-required` when somebody else holds it, `broker-unreachable`
   */
  async leave(participant: string, principal: Principal): Promise<void> {
    for (;;) {
      const { seat, revision } = await this.read(participant);
      if (seat.holder === null) return;
      if (principal.kind !== 'operator') refuseOthers(participant, seat, principal);
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
      this.log.info({ participant, holder: seat.holder.name }, 'left: its seat is free');
      return;
    }
  }

  /** @throws ProblemError `unknown-participant`, `seat-required` when this is not the seat's holder, `broker-unreachable` */
  async require(participant: string, principal: Principal): Promise<void> {
    const { seat } = await this.read(participant);
    refuseOthers(participant, seat, principal);
  }

  /**
   * Who holds the seat, as the store has it.
   *
   * @throws ProblemError `broker-unreachable`
   */
  async holder(participant: string): Promise<SeatHolder | null> {
    return (await this.stored(participant)).seat.holder;
  }

  /** Who holds these participants' seats, in order; null where it cannot be told. */
  async all(participants: readonly string[]): Promise<(Omit<Seat, 'participant'> | null)[]> {
    try {
      return await Promise.all(
        participants.map(async (participant) => {
          const { seat } = await this.stored(participant);
          return shownSeat(seat.holder && (await this.isGone(seat.holder)) ? free : seat);
        }),
      );
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

  private async isGone({ session }: SeatHolder): Promise<boolean> {
    return session !== null && this.isOver(session);
  }

  /** Whether nobody was faster. */
  private async set(participant: string, revision: number, seat: HeldSeat): Promise<boolean> {
    const changed = (await this.ask((store) => store.compareAndSet(participant, revision, seat))) !== undefined;
    if (changed) this.bus.publish(facts.seated, { participant });
    return changed;
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

const shownSeat = ({ holder, since }: HeldSeat): Omit<Seat, 'participant'> => ({ holder: holder?.name ?? null, since });

function refuseOthers(participant: string, { holder: held }: HeldSeat, principal: Principal): void {
  if (held && isSameHolder(held, holderOf(principal))) return;
  const whose =
    held === null ? 'free' : held.name === nameOf(principal) ? 'that of an earlier guest' : `held by ${held.name}`;
  throw new ProblemError('seat-required', `the seat of ${participant} is ${whose}`);
}
