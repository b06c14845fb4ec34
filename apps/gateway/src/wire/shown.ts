// A value as a log may show it: only what its schema knows, without secrets, and of a bounded size. What is no part of a schema
// might be a secret under a wrong name.
import { secrets } from '@parley/contracts';
import { z } from 'zod';

export const HIDDEN = '(hidden)';
const UNKNOWN = '(not shown: unknown)';

/** Longest text that is shown of one value, in characters. */
const MAX_SHOWN = 2_000;

/** In JSON, cut off where it is too long. */
export function shown(schema: z.ZodType | undefined, value: unknown): string {
  const text = JSON.stringify(schema === undefined ? UNKNOWN : redacted(schema, value));
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}… (${String(text.length)} characters)` : text;
}

function redacted(schema: z.core.$ZodType, value: unknown): unknown {
  if (secrets.get(schema as z.ZodType)) return HIDDEN;
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault)
    return value === undefined || value === null ? value : redacted(schema.unwrap(), value);
  if (schema instanceof z.ZodPipe) return redacted(schema.in, value);
  if (schema instanceof z.ZodUnion) return redactedUnion(schema.options, value);
  if (Array.isArray(value))
    return schema instanceof z.ZodArray ? value.map((item) => redacted(schema.element, item)) : UNKNOWN;
  if (typeof value !== 'object' || value === null) return schema instanceof z.ZodObject ? UNKNOWN : value;
  const schemaOf = fieldsOf(schema);
  return Object.fromEntries(
    Object.entries(value).map(([name, field]: [string, unknown]) => {
      const known = schemaOf(name);
      return [name, known === undefined ? UNKNOWN : redacted(known, field)];
    }),
  );
}

function fieldsOf(schema: z.core.$ZodType): (name: string) => z.core.$ZodType | undefined {
  if (schema instanceof z.ZodObject) {
    const shape = schema.shape as Readonly<Record<string, z.core.$ZodType>>;
    return (name) => (Object.hasOwn(shape, name) ? shape[name] : undefined);
  }
  return () => (schema instanceof z.ZodRecord ? schema.valueType : undefined);
}

/** Of several forms that which the value has. */
function redactedUnion(options: readonly z.core.$ZodType[], value: unknown): unknown {
  const form = options.find((option) => z.safeParse(option, value).success);
  return form === undefined ? UNKNOWN : redacted(form, value);
}
