// Contracts that stand for any: what these tests send over a real broker.
import type { Fact, NodeOperation, Operation } from '@parley/contracts';
import { z } from 'zod';

export const double = {
  subject: 'parley.v1.test.double',
  request: z.object({ number: z.number().int() }),
  reply: z.object({ number: z.number().int() }),
} satisfies Operation;

export const who = {
  subjectOf: (node: string) => `parley.v1.test.who.${node}`,
  request: z.object({}),
  reply: z.object({ node: z.string() }),
} satisfies NodeOperation;

export const greeted = {
  subject: 'parley.v1.test.greeted',
  body: z.object({ name: z.string().max(10_000_000) }),
} satisfies Fact;
