// What the bus carries: requests are verbs, facts are in the past tense. Schemas are tolerant: a field that a reader does
// not know is dropped, so that fields may be added.
import type { z } from 'zod';

/** A request that is answered on the asker's inbox. */
export interface Operation<Request extends z.ZodType = z.ZodType, Reply extends z.ZodType = z.ZodType> {
  readonly subject: string;
  readonly request: Request;
  readonly reply: Reply;
}

/** A request to one named node: the subject ends in its name. */
export interface NodeOperation<Request extends z.ZodType = z.ZodType, Reply extends z.ZodType = z.ZodType> {
  readonly subjectOf: (node: string) => string;
  readonly request: Request;
  readonly reply: Reply;
}

/** Something that happened, told to whoever listens. */
export interface Fact<Body extends z.ZodType = z.ZodType> {
  readonly subject: string;
  readonly body: Body;
}
