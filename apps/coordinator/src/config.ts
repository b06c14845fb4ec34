// The coordinator's environment.
import { timeouts } from '@parley/contracts';
import { brokerVariables } from '@parley/messaging';
import { loggingVariables } from '@parley/service';
import { nodeVariables } from '@parley/shell';
import { z } from 'zod';

const wait = (schema: typeof timeouts.shape.voteMs, standardMs: number) =>
  z.coerce.number().pipe(schema).default(standardMs);

export const coordinatorVariables = z.object({
  PARLEY_DATA: z.string().min(1).default('.parley').describe('data folder of the system'),
  COORDINATOR_DATA: z.string().min(1).optional().describe('folder of the journal; default <PARLEY_DATA>/coordinator'),
  PARTICIPANTS: z.coerce.number().int().min(1).max(64).default(3).describe('for how many the system is made'),
  MIN_PARTICIPANTS: z.coerce
    .number()
    .int()
    .min(1)
    .max(64)
    .optional()
    .describe('the least that a transaction lists; default: a majority of PARTICIPANTS'),
  VOTE_REQUEST_MS: wait(timeouts.shape.voteRequestMs, 10_000),
  VOTE_MS: wait(timeouts.shape.voteMs, 5_000),
  ACKNOWLEDGEMENT_MS: wait(timeouts.shape.acknowledgementMs, 5_000),
  DECISION_MS: wait(timeouts.shape.decisionMs, 2_000),
  PEOPLE_VOTE_REQUEST_MS: wait(timeouts.shape.voteRequestMs, 60_000).describe('PEOPLE_…: in books with manual votes'),
  PEOPLE_VOTE_MS: wait(timeouts.shape.voteMs, 30_000),
  PEOPLE_ACKNOWLEDGEMENT_MS: wait(timeouts.shape.acknowledgementMs, 30_000),
  PEOPLE_DECISION_MS: wait(timeouts.shape.decisionMs, 5_000),
  ...nodeVariables,
  ...brokerVariables,
  ...loggingVariables,
});
export type CoordinatorVariables = z.infer<typeof coordinatorVariables>;
