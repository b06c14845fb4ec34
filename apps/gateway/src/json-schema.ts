// Schemas that validate, as documents show them.
import { z } from 'zod';

export type Json = Record<string, unknown>;

/** A body is described as it is sent, before defaults are filled in; an answer as it comes. */
export function toJsonSchema(schema: z.ZodType, io: 'input' | 'output', target?: 'draft-7'): Json {
  const { $schema, ...shape } = z.toJSONSchema(schema, { io, override: readable, ...(target && { target }) });
  return shape;
}

/** What a reader needs not be told: that answers have no further field (later versions may add some), and how a time is spelt. */
export function readable({
  zodSchema,
  jsonSchema,
}: {
  zodSchema: z.core.$ZodTypes;
  jsonSchema: z.core.JSONSchema.BaseSchema;
}): void {
  const isStrict = zodSchema._zod.def.type === 'object' && zodSchema._zod.def.catchall !== undefined;
  if (zodSchema._zod.def.type === 'object' && !isStrict) delete jsonSchema.additionalProperties;
  if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
}
