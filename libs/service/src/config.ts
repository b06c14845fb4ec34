// A service's configuration: its environment, parsed once by a schema into a frozen object. What is wrong is told all
// at once, variable by variable.
import { z } from 'zod';
import { ServiceFailure } from './failure.js';

/** The configuration is wrong. The message lists each wrong variable, what it was and what is expected. */
export class ConfigError extends ServiceFailure {
  override readonly name = 'ConfigError';

  constructor(message: string) {
    super('config', message);
  }
}

/** Log levels that `LOG_LEVEL` may name, the most telling last. */
export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;
export type LogLevel = (typeof logLevels)[number];

/** `LOG_LEVEL` as every service takes it: `...loggingVariables` in its schema. */
export const loggingVariables = { LOG_LEVEL: z.enum(logLevels).default('info') };

/**
 * Parses the environment by the schema. A variable that is set to the empty string counts as not set, as Compose and
 * shells write it. Variables the schema does not name are left alone. Throws a ConfigError.
 */
export function parseConfig<Schema extends z.ZodObject>(
  schema: Schema,
  environment: NodeJS.ProcessEnv,
): Readonly<z.output<Schema>> {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const result = schema.safeParse(given);
  if (!result.success) {
    const wrong = result.error.issues.map((issue) => `  ${complaint(issue, given)}`);
    throw new ConfigError(['The configuration is wrong:', ...wrong].join('\n'));
  }
  return Object.freeze(result.data);
}

function complaint(issue: z.core.$ZodIssue, given: NodeJS.ProcessEnv): string {
  const name = issue.path.map(String).join('.');
  const value = given[name];
  const was = value === undefined ? 'is not set' : `is ${shown(name, value)}`;
  return `${name} ${was}: ${issue.message}`;
}

const maxShown = 80;

function shown(name: string, value: string): string {
  if (/PASSWORD|TOKEN|SECRET|KEY/.test(name) && !/_(FILE|MS)$/.test(name)) {
    return '(hidden)';
  }
  const harmless = value.replace(/\/\/[^/@]*@/, '//…@');
  return JSON.stringify(harmless.length > maxShown ? `${harmless.slice(0, maxShown)}…` : harmless);
}
