export { Ballots } from './ballots.js';
export { Failpoints } from './failpoints.js';
export { FaultController } from './fault.controller.js';
export { Heartbeat } from './heartbeat.js';
export { startUnderNonce } from './start.js';
export { Shell, type Outgoing } from './shell.js';
export { systemClock } from './system-clock.js';
export { TransactionLog } from './transaction-log.js';
