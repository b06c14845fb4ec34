// What the log says about requests: one line for each that was served, and of those that are turned away at the door
// the first and then how many, so that a flood of them cannot flood the log. The same of commands over the WebSocket that are
// refused: they cost their sender less than a request.
import { routes, type ProblemCode } from '@parley/contracts';
import type { Logger } from 'pino';
import type { RefusedCommand, RequestObserver, ServedRequest } from './request-observer.js';

/** How long refusals of one code are only counted after one was logged, in milliseconds. */
const WINDOW_MS = 5_000;

/** Refusals that cost nothing to cause. */
const atTheDoor: ReadonlySet<ProblemCode | undefined> = new Set<ProblemCode>([
  'overloaded',
  'unauthorized',
  'unknown-route',
  'method-not-allowed',
  'subprotocol-required',
  'origin-refused',
]);

/** What is asked for all the time by who watches the system. */
const asked: ReadonlySet<string> = new Set([routes.live.path, routes.ready.path, routes.metrics.path]);

export class RequestLog implements RequestObserver {
  private readonly counting = new Map<string, number>();

  constructor(private readonly log: Logger) {}

  served(request: ServedRequest): void {
    const { code, route } = request;
    if (code !== undefined && atTheDoor.has(code))
      this.refused('request', code, () => this.log.info(request, 'served'));
    else if (asked.has(route)) this.log.debug(request, 'served');
    else this.log.info(request, 'served');
  }

  refusedCommand(command: RefusedCommand): void {
    this.refused('command', command.code, () => this.log.info(command, 'a command was refused'));
  }

  private refused(what: 'request' | 'command', code: ProblemCode, say: () => void): void {
    const key = `${what} ${code}`;
    const count = this.counting.get(key);
    if (count !== undefined) {
      this.counting.set(key, count + 1);
      return;
    }
    say();
    this.counting.set(key, 0);
    setTimeout(() => this.tell(key, what, code), WINDOW_MS).unref();
  }

  private tell(key: string, what: 'request' | 'command', code: ProblemCode): void {
    const refused = this.counting.get(key) ?? 0;
    this.counting.delete(key);
    if (refused > 0)
      this.log.warn({ code, [`${what}s`]: refused, withinMs: WINDOW_MS }, `refused more ${what}s for the same reason`);
  }
}
