import { Controller, Res } from '@nestjs/common';
import { routes, type Readiness } from '@parley/contracts';
import { Bus } from '@parley/messaging';
import type { FastifyReply } from 'fastify';
import { now } from '../clock.js';
import { Serves } from '../http/served-routes.js';
import { Presence } from '../presence.js';

@Controller()
export class HealthController {
  constructor(
    private readonly bus: Bus,
    private readonly presence: Presence,
  ) {}

  @Serves(routes.live)
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  /** Whether transactions can be decided now. Without the broker nothing is known of the other parts. */
  @Serves(routes.ready)
  ready(@Res({ passthrough: true }) reply: FastifyReply): Readiness {
    const missing = [...(this.bus.connected ? [] : ['broker']), ...this.presence.missing(now())];
    if (missing.length === 0) return { status: 'ok', missing };
    void reply.code(503);
    return { status: 'unavailable', missing };
  }
}
