// A chat replica's environment.
import { MAX_NAME_LENGTH, nodeName } from '@parley/contracts';
import { brokerVariables } from '@parley/messaging';
import { loggingVariables } from '@parley/service';
import { z } from 'zod';
import type { Pause } from './clock-exchange/step.js';

export const chatVariables = z.object({
  PARLEY_DATA: z.string().min(1).default('.parley').describe('data folder of the system'),
  CHAT_NAME: nodeName.default('chat-1').describe('no two replicas have one'),
  NAME_LENGTH: z.coerce.number().int().min(1).max(MAX_NAME_LENGTH).default(15).describe('longest name of a user'),
  GUESTS: z.enum(['allow', 'refuse']).default('allow').describe('whether somebody without an account may come in'),
  CLOCK_PAUSE_MIN_MS: z.coerce
    .number()
    .int()
    .min(10)
    .max(3_600_000)
    .default(2_000)
    .describe('least time between two sendings of a member’s clock'),
  CLOCK_PAUSE_MAX_MS: z.coerce.number().int().min(10).max(3_600_000).default(10_000).describe('most of it'),
  LEAVE_AFTER_MS: z.coerce
    .number()
    .int()
    .min(0)
    .max(3_600_000)
    .default(30_000)
    .describe('how long who has lost the last connection stays in rooms, in milliseconds'),
  ...brokerVariables,
  ...loggingVariables,
});

/** @throws RangeError when the least is above the most */
export function clockPauseOf({
  CLOCK_PAUSE_MIN_MS: min,
  CLOCK_PAUSE_MAX_MS: max,
}: z.infer<typeof chatVariables>): Pause {
  if (min > max)
    throw new RangeError(`CLOCK_PAUSE_MIN_MS is ${String(min)}, and CLOCK_PAUSE_MAX_MS only ${String(max)}`);
  return { min, max };
}
