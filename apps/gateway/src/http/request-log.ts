// What the log says about requests: one line for each that was served, and of those that are turned away at the door
// the first and then how many, so that a flood of them cannot flood the log.
import type { ProblemCode } from '@parley/contracts';
import type { Logger } from 'pino';

export interface ServedRequest {
  readonly method: string;
  readonly route: string;
  readonly status: number;
  readonly ms: number;
  readonly correlation: string;
  /** The problem that it was answered with. */
  readonly code?: ProblemCode | undefined;
  /** The client was gone before the answer was sent. */
  readonly abandoned?: true | undefined;
}

/** How long refusals of one code are only counted after one was logged, in milliseconds. */
const WINDOW_MS = 5_000;

/** Refusals that cost nothing to cause. */
const atTheDoor: ReadonlySet<ProblemCode | undefined> = new Set<ProblemCode>([
  'overloaded',
  'unauthorized',
  'unknown-route',
  'method-not-allowed',
]);

export class RequestLog {
  private readonly counting = new Map<ProblemCode, number>();

  constructor(private readonly log: Logger) {}

  served(request: ServedRequest): void {
    const { code, route } = request;
    if (code !== undefined && atTheDoor.has(code)) this.refused(code, request);
    else if (route.startsWith('/health/')) this.log.debug(request, 'served');
    else this.log.info(request, 'served');
  }

  private refused(code: ProblemCode, request: ServedRequest): void {
    const count = this.counting.get(code);
    if (count !== undefined) {
      this.counting.set(code, count + 1);
      return;
    }
    this.log.info(request, 'served');
    this.counting.set(code, 0);
    setTimeout(() => this.tell(code), WINDOW_MS).unref();
  }

  private tell(code: ProblemCode): void {
    const requests = this.counting.get(code) ?? 0;
    this.counting.delete(code);
    if (requests > 0)
      this.log.warn({ code, requests, withinMs: WINDOW_MS }, 'refused more requests for the same reason');
  }
}
