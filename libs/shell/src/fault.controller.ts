// Arms failpoints over the bus. Only processes that were started with --faults have this controller.
import { Controller } from '@nestjs/common';
import { faultOperations } from '@parley/contracts';
import { AnswersAs } from '@parley/messaging';
import { Failpoints } from './failpoints.js';

@Controller()
export class FaultController {
  constructor(private readonly failpoints: Failpoints) {}

  @AnswersAs(faultOperations.arm)
  arm({ point, action, skip }: { point: string; action: 'kill' | 'stop'; skip: number }): { armed: boolean } {
    this.failpoints.arm(point, action, skip);
    return { armed: true };
  }
}
