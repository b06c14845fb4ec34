// What every node with a journal is told by its environment.
import { z } from 'zod';

export const nodeVariables = {
  SNAPSHOT_BYTES: z.coerce
    .number()
    .int()
    .min(4096)
    .default(32 * 1024 * 1024)
    .describe('bytes that are appended to the journal before it is cut'),
  PARLEY_FAULTS: z.enum(['0', '1']).default('0').describe('1: failpoints can be armed'),
  PARLEY_FAILPOINT: z
    .string()
    .regex(/^(before|after):[a-z:-]+=(kill|stop)$/)
    .optional()
    .describe('with PARLEY_FAULTS=1: armed from the start, as before:ask-states=kill'),
};
