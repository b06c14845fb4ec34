// What a supervisor asks: whether a gateway lives, and whether the system can decide.
import { z } from 'zod';

export const liveness = z.object({ status: z.literal('ok') });
export const readiness = z.object({
  status: z.enum(['ok', 'unavailable']),
  missing: z.array(z.string()).describe('which parts are missing: broker, coordinator, participant-…'),
});
export type Readiness = z.infer<typeof readiness>;
