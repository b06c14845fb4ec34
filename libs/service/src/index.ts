export { loggingVariables, parseConfig } from './config.js';
export { ServiceFailure } from './failure.js';
export type { LifecycleMessage } from './launcher-channel.js';
export { NestLogger } from './nest-logger.js';
export { runService } from './run-service.js';
