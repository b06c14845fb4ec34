import { Controller, Header } from '@nestjs/common';
import { routes } from '@parley/contracts';
import { Serves } from '../http/served-routes.js';
import { Metrics } from '../metrics.js';

@Controller()
export class MetricsController {
  constructor(private readonly counted: Metrics) {}

  @Serves(routes.metrics)
  @Header('content-type', routes.metrics.answers[200].mediaType)
  metrics(): Promise<string> {
    return this.counted.text();
  }
}
