// Why a request has no answer that could be used.
import { MAX_FRAME_BYTES, type Problem } from '@parley/contracts';

/** The server answered with a problem document. */
export class ProblemAnswer extends Error {
  override readonly name = 'ProblemAnswer';

  /** @param headers of the HTTP answer; none where the problem came over a WebSocket */
  constructor(
    readonly problem: Problem,
    readonly headers = new Headers(),
  ) {
    super(`${problem.title}: ${problem.detail}. ${problem.remedy}`);
  }
}

/** Nothing answered, or not in time. Whether the request was carried out is not known. */
export class ServerUnreachable extends Error {
  override readonly name = 'ServerUnreachable';

  constructor(
    readonly server: string,
    cause: unknown,
  ) {
    super(`${server} does not answer: ${reasonOf(cause)}`, { cause });
  }
}

/** Something answered that is not Parley, or of a version that this client does not understand. */
export class MisunderstoodAnswer extends Error {
  override readonly name = 'MisunderstoodAnswer';
}

/** A command does not fit into a frame. A server would let go of whoever sends it, and again after each reconnection. */
export class CommandTooLarge extends Error {
  override readonly name = 'CommandTooLarge';

  constructor(op: string, bytes: number) {
    super(`${op} takes ${String(bytes)} bytes, and a frame has at most ${String(MAX_FRAME_BYTES)}`);
  }
}

/** The connection ended before a command was answered; whether it was carried out is not known. */
export class ConnectionEnded extends Error {
  override readonly name = 'ConnectionEnded';
}

/**
 * `fetch` says only that it failed; its cause says why, and of several addresses the cause has several. Told by what they have:
 * the errors of another realm, as of a frame in a page, are of other classes.
 */
function reasonOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error);
  const { message, cause, errors } = error as Partial<AggregateError>;
  if (message === '' && errors !== undefined) return errors.map(reasonOf).join('; ');
  if (cause !== undefined) return reasonOf(cause);
  return message ?? 'for no reason that it names';
}
