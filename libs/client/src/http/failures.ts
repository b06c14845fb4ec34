// Why a request has no answer that could be used.
import type { Problem } from '@parley/contracts';

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

/** The connection ended before a command was answered; whether it was carried out is not known. */
export class ConnectionEnded extends Error {
  override readonly name = 'ConnectionEnded';
}

/** `fetch` says only that it failed; its cause says why, and of several addresses the cause has several. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof AggregateError && error.message === '') return error.errors.map(reasonOf).join('; ');
  return error.cause instanceof Error ? reasonOf(error.cause) : error.message;
}
