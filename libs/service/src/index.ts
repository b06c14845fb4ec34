export { ConfigError, loggingVariables, logLevels, parseConfig, type LogLevel } from './config.js';
export { ServiceFailure } from './failure.js';
export { createLogger } from './logger.js';
export type { LifecycleMessage } from './launcher-channel.js';
export { NestLogger } from './nest-logger.js';
export { runService, type Running, type ServiceOptions, type Start } from './run-service.js';
