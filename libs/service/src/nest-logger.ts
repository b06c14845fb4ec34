// What Nest itself has to say goes to the service's log. What it says at each start about each module and route is
// for those who look for it.
import type { LoggerService } from '@nestjs/common';
import type { Logger } from 'pino';

const chatty = new Set([
  'InstanceLoader',
  'NestApplication',
  'NestFactory',
  'NestMicroservice',
  'RouterExplorer',
  'RoutesResolver',
]);

type Level = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace';

export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, ...rest: unknown[]): void {
    this.#write(chatty.has(String(rest.at(-1))) ? 'debug' : 'info', message, rest);
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.#write('fatal', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.#write('error', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.#write('warn', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.#write('debug', message, rest);
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.#write('trace', message, rest);
  }

  /** Nest passes the context last, and before it, for errors, a stack. */
  #write(level: Level, message: unknown, rest: readonly unknown[]): void {
    const context = rest.length > 0 ? { context: String(rest.at(-1)) } : {};
    if (message instanceof Error) {
      this.logger[level]({ ...context, err: message }, message.message);
      return;
    }
    const stack = rest.length > 1 && typeof rest[0] === 'string' ? { stack: rest[0] } : {};
    this.logger[level]({ ...context, ...stack }, typeof message === 'string' ? message : JSON.stringify(message));
  }
}
