// What becomes of an error that nobody expected where it was thrown, over HTTP and over the WebSocket alike.
import { BusError } from '@parley/messaging';
import { ProblemError } from './problem.js';

/** A problem as it is. Of a bus error what it means to a client when nothing more particular is known of it. */
export function problemOf(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  if (!(error instanceof BusError))
    return new ProblemError('internal', 'an error that was not expected', {}, { cause: error });
  return error.code === 'disconnected'
    ? new ProblemError('broker-unreachable', 'the gateway has no connection to the broker', {}, { cause: error })
    : new ProblemError('internal', 'a service answered what its contract does not allow', {}, { cause: error });
}
