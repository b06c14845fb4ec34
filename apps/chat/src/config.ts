// A chat replica's environment.
import { MAX_NAME_LENGTH, nodeName } from '@parley/contracts';
import { brokerVariables } from '@parley/messaging';
import { loggingVariables } from '@parley/service';
import { z } from 'zod';

export const chatVariables = z.object({
  PARLEY_DATA: z.string().min(1).default('.parley').describe('data folder of the system'),
  CHAT_NAME: nodeName.default('chat-1').describe('no two replicas have one'),
  NAME_LENGTH: z.coerce.number().int().min(1).max(MAX_NAME_LENGTH).default(15).describe('longest name of a user'),
  GUESTS: z.enum(['allow', 'refuse']).default('allow').describe('whether somebody without an account may come in'),
  ...brokerVariables,
  ...loggingVariables,
});
