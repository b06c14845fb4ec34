import { Controller, Res } from '@nestjs/common';
import { routes, type Readiness } from '@parley/contracts';
import type { FastifyReply } from 'fastify';
import { now } from '../clock.js';
import { Serves } from '../http/served-routes.js';
import { MissingParts } from '../missing-parts.js';

@Controller()
export class HealthController {
  constructor(private readonly parts: MissingParts) {}

  @Serves(routes.live)
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  /** Whether all that the system is for can be done now. */
  @Serves(routes.ready)
  ready(@Res({ passthrough: true }) reply: FastifyReply): Readiness {
    const missing = this.parts.at(now());
    if (missing.length === 0) return { status: 'ok', missing };
    void reply.code(503);
    return { status: 'unavailable', missing };
  }
}
