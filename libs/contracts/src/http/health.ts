// What a supervisor asks: whether a gateway lives, and whether the system can do all that it is for.
import { z } from 'zod';

export const liveness = z.object({ status: z.literal('ok') });
export const readiness = z.object({
  status: z.enum(['ok', 'unavailable']),
  missing: z
    .array(z.string())
    .describe(
      'which parts are missing: broker, coordinator, participant-…, chat (no replica of it has been heard of for three seconds)',
    ),
});
export type Readiness = z.infer<typeof readiness>;
