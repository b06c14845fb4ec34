// The log of a service: lines of JSON, or readable lines on a terminal. Written synchronously, so that the last line
// before an end of any kind is there.
import { pino, stdTimeFunctions, type DestinationStream, type Logger } from 'pino';
import pretty from 'pino-pretty';
import type { LogLevel } from './config.js';

/** Never written, wherever in a line's fields they stand at these depths. */
const secrets = ['password', 'token', 'authorization'].flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);

const standardOutput = (): DestinationStream =>
  process.stdout.isTTY
    ? pretty({ sync: true, ignore: 'service,node', messageFormat: '[{service}] {msg}' })
    : pino.destination({ dest: 1, sync: true });

/**
 * A logger whose lines carry `service`, the further `fields` (for example `{ node }`), an ISO time and the level by name.
 * Writes to standard output unless a destination is given. Each line has the logical time that `lamport` tells, once it does.
 */
export function createLogger(
  service: string,
  level: LogLevel,
  fields: Readonly<Record<string, string>> = {},
  destination: DestinationStream = standardOutput(),
  lamport: () => number | undefined = () => undefined,
): Logger {
  return pino(
    {
      level,
      base: { service, ...fields },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      mixin: () => {
        const time = lamport();
        return time === undefined ? {} : { lamport: time };
      },
      redact: { paths: secrets, censor: '(hidden)' },
    },
    destination,
  );
}
