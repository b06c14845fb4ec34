// A participant's environment.
import { nodeName } from '@parley/contracts';
import { brokerVariables } from '@parley/messaging';
import { loggingVariables } from '@parley/service';
import { z } from 'zod';

export const participantVariables = z.object({
  PARLEY_DATA: z.string().min(1).default('.parley').describe('data folder of the system'),
  PARTICIPANT_NAME: nodeName.default('participant-1'),
  PARTICIPANT_DATA: z
    .string()
    .min(1)
    .optional()
    .describe('folder of journal and ledgers; default <PARLEY_DATA>/<name>'),
  PARTICIPANT_VOTE: z.enum(['commit', 'abort']).default('commit').describe('abort: always vote no'),
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
  ...brokerVariables,
  ...loggingVariables,
});
export type ParticipantVariables = z.infer<typeof participantVariables>;
