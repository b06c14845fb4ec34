// A participant's environment.
import { nodeName } from '@parley/contracts';
import { brokerVariables } from '@parley/messaging';
import { loggingVariables } from '@parley/service';
import { nodeVariables } from '@parley/shell';
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
  ...nodeVariables,
  ...brokerVariables,
  ...loggingVariables,
});
export type ParticipantVariables = z.infer<typeof participantVariables>;
