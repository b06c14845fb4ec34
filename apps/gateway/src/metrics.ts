// What a gateway counts, for Prometheus to read at /metrics. Every label has few values, however much is asked and whatever is
// sent: a route is one of the table, an operation one that there is.
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { RefusedCommand, RequestObserver, ServedRequest } from './http/request-observer.js';

/** Upper bounds of how long requests take, in seconds. Those that wait for a decision take up to a minute. */
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

export class Metrics implements RequestObserver {
  private readonly registry = new Registry();

  private readonly requests = new Histogram({
    name: 'parley_http_request_duration_seconds',
    help: 'How long requests took, by route and status. A stream counts when it ends.',
    labelNames: ['method', 'route', 'status'],
    buckets: SECONDS,
    registers: [this.registry],
  });

  private readonly problems = new Counter({
    name: 'parley_http_problems_total',
    help: 'Requests that were refused, by the code of the problem.',
    labelNames: ['code'],
    registers: [this.registry],
  });

  private readonly commands = new Counter({
    name: 'parley_websocket_commands_refused_total',
    help: 'Frames of clients that were refused, by operation (none: no command) and the code of the problem.',
    labelNames: ['op', 'code'],
    registers: [this.registry],
  });

  private readonly closes = new Counter({
    name: 'parley_websocket_closed_total',
    help: 'WebSockets that are no more, by the code that each was closed with (1006: it broke off).',
    labelNames: ['code'],
    registers: [this.registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  /** @param count how many WebSockets are open now */
  countSockets(count: () => number): void {
    const name = 'parley_websocket_connections';
    const gauge = new Gauge({ name, help: 'WebSockets that are open.', registers: [this.registry], collect });
    function collect(): void {
      gauge.set(count());
    }
  }

  served({ method, route, status, ms, code }: ServedRequest): void {
    this.requests.observe({ method, route, status }, ms / 1_000);
    if (code !== undefined) this.problems.inc({ code });
  }

  refusedCommand({ op, code }: RefusedCommand): void {
    this.commands.inc({ op: op ?? 'none', code });
  }

  closedSocket(code: number): void {
    this.closes.inc({ code });
  }

  /** In the text format of Prometheus. */
  text(): Promise<string> {
    return this.registry.metrics();
  }
}
