// What it means to a client when a participant does not answer, or does not exist.
import { BusError } from '@parley/messaging';
import { ProblemError, quoted } from './http/problem.js';
import type { Presence } from './presence.js';

export const unknownParticipant = (name: string, cause?: unknown): ProblemError =>
  new ProblemError('unknown-participant', `there is no participant ${quoted(name)}`, {}, { cause });

/**
 * A participant's answer.
 *
 * @throws ProblemError `participant-unreachable` when it is away, `unknown-participant` when there is none
 */
export async function answerOf<T>(
  participant: string,
  answer: Promise<T>,
  presence: Pick<Presence, 'isKnown'>,
): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    const code = error instanceof BusError ? error.code : undefined;
    if (code === 'no-responder' && !presence.isKnown(participant)) throw unknownParticipant(participant, error);
    if (code !== 'no-responder' && code !== 'timeout') throw error;
    throw new ProblemError('participant-unreachable', `${participant} does not answer`, {}, { cause: error });
  }
}
