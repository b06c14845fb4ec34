// The gateway's environment, parsed once.
import { resolve } from 'node:path';
import { brokerVariables } from '@parley/messaging';
import { loggingVariables, parseConfig } from '@parley/service';
import { z } from 'zod';

const variables = z.object({
  ...brokerVariables,
  ...loggingVariables,
  PARLEY_VERBOSE: z.stringbool().default(false).describe('the log tells requests and answers as on the wire'),
  PARLEY_DATA: z
    .string()
    .default('.parley')
    .transform((folder) => resolve(folder)),
  HOST: z.string().default('127.0.0.1'),
  PORT: z.coerce.number().int().min(0).max(65_535).default(7070).describe('0 takes a free one'),
  CHAT_REPLICAS: z.coerce.number().int().min(0).default(2).describe('0: the system has no chat, and none is missed'),
  OPERATOR_TOKEN_FILE: z.string().optional().describe('made if absent; operator.token in PARLEY_DATA by default'),
});

export type GatewayConfig = Readonly<z.output<typeof variables>>;

/** @throws ConfigError */
export const gatewayConfig = (environment: NodeJS.ProcessEnv): GatewayConfig => parseConfig(variables, environment);

export const tokenFile = ({ OPERATOR_TOKEN_FILE, PARLEY_DATA }: GatewayConfig): string =>
  OPERATOR_TOKEN_FILE ?? resolve(PARLEY_DATA, 'operator.token');
