// What an operator asks of the coordinator beside transactions: which books there are, and that a participant may leave.
import { coordinatorOperations, type Book } from '@parley/contracts';
import { BusError, type Bus } from '@parley/messaging';
import { ProblemError } from './http/problem.js';
import { unknownParticipant } from './participant-problems.js';
import type { Seats } from './seats.js';

/** How long the coordinator has to answer, in milliseconds. */
const ANSWER_MS = 5_000;

export class Upkeep {
  constructor(
    private readonly bus: Pick<Bus, 'request'>,
    private readonly seats: Pick<Seats, 'vacate'>,
  ) {}

  /** @throws ProblemError `coordinator-unreachable` */
  async books(trace: string): Promise<Book[]> {
    const { books } = coordinatorOperations;
    return (await coordinatorAnswer(this.bus.request(books, {}, { timeoutMs: ANSWER_MS, trace }))).items;
  }

  /**
   * Resolves when the participant has left and its seat is free.
   *
   * @throws ProblemError `unknown-participant`, `participant-needed`, `coordinator-unreachable`, `broker-unreachable`
   */
  async leave(participant: string, trace: string): Promise<void> {
    const { leave } = coordinatorOperations;
    const options = { timeoutMs: ANSWER_MS, trace };
    const { known, left, outstanding } = await coordinatorAnswer(this.bus.request(leave, { participant }, options));
    if (!known) throw unknownParticipant(participant);
    if (!left) throw new ProblemError('participant-needed', outstanding.join('; '));
    await this.seats.vacate(participant);
  }
}

async function coordinatorAnswer<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof BusError) || (error.code !== 'no-responder' && error.code !== 'timeout')) throw error;
    throw new ProblemError('coordinator-unreachable', 'the coordinator does not answer', {}, { cause: error });
  }
}
