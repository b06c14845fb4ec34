import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { ConfigError, loggingVariables, parseConfig } from './config.js';

const schema = z.object({
  ...loggingVariables,
  PORT: z.coerce.number().int().max(65_535).default(7070),
  NATS_URL: z.url({ protocol: /^nats$/ }).optional(),
  API_TOKEN: z.string().min(8).optional(),
});

const messageOf = (environment: NodeJS.ProcessEnv): string => {
  try {
    parseConfig(schema, environment);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).message;
  }
  throw new Error('the configuration was accepted');
};

describe('parseConfig', () => {
  it('gives what is set, and defaults for what is not', () => {
    expect(parseConfig(schema, { PORT: '8080', UNRELATED: 'x' })).toEqual({ LOG_LEVEL: 'info', PORT: 8080 });
  });

  it('takes an empty variable as not set', () => {
    expect(parseConfig(schema, { PORT: '' }).PORT).toBe(7070);
  });

  it('gives an object that nobody can change', () => {
    expect(Object.isFrozen(parseConfig(schema, {}))).toBe(true);
  });

  it('lists every wrong variable with what it was and what is expected', () => {
    expect(messageOf({ PORT: '70000', LOG_LEVEL: 'loud' })).toBe(
      [
        'The configuration is wrong:',
        '  LOG_LEVEL is "loud": Invalid option: expected one of "fatal"|"error"|"warn"|"info"|"debug"|"trace"',
        '  PORT is "70000": Too big: expected number to be <=65535',
      ].join('\n'),
    );
  });

  it('shows no secret', () => {
    expect(messageOf({ API_TOKEN: 'hunter2' })).not.toMatch('hunter2');
    expect(messageOf({ NATS_URL: 'ftp://jo:hunter2@host' })).toMatch('NATS_URL is "ftp://…@host"');
  });

  it('shortens what is long', () => {
    expect(messageOf({ PORT: 'x'.repeat(10_000) }).length).toBeLessThan(250);
  });
});
