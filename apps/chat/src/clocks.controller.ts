// All that a chat replica hears about the exchange of clocks.
import { Controller } from '@nestjs/common';
import { clockOperations, type InRoomRequest, type RoomClocks, type RunClocksRequest } from '@parley/contracts';
import { Answers } from '@parley/messaging';
import { ClockExchanges } from './clock-exchange/exchanges.js';
import { byAnyReplica } from './any-replica.js';

@Controller()
export class ClocksController {
  constructor(private readonly exchanges: ClockExchanges) {}

  @Answers(clockOperations.read, byAnyReplica)
  read(request: InRoomRequest): Promise<RoomClocks> {
    return this.exchanges.read(request);
  }

  @Answers(clockOperations.run, byAnyReplica)
  run(request: RunClocksRequest): Promise<RoomClocks> {
    return this.exchanges.run(request);
  }
}
