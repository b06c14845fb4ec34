// Bodies and queries are checked by the schemas of libs/contracts; this turns what a schema finds into a problem.
import { Injectable, type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import { nameFaultCodes, textFaultCodes, type LineFaultCode } from '@parley/contracts';
import { z } from 'zod';
import { jsonPointer, ProblemError, quoted } from './problem.js';

type Issue = z.core.$ZodIssue;

/**
 * `@Body({ schema })` and `@Query({ schema })`: the value that the schema gives, or a problem. Nest's own
 * StandardSchemaValidationPipe drops fields such as `constructor` before the schema sees them; here they are refused.
 */
@Injectable()
export class SchemaPipe implements PipeTransform {
  transform(value: unknown, { schema, type }: ArgumentMetadata): unknown {
    if (!(schema instanceof z.ZodType)) return value;
    const result = schema.safeParse(value);
    if (result.success) return result.data;
    throw type === 'query' ? queryProblem(result.error.issues) : bodyProblem(result.error.issues);
  }
}

/** The problem of a body that its schema refuses. A field that is not known comes first: often it is a misspelling. */
function bodyProblem(issues: readonly Issue[]): ProblemError {
  const unknown = issues.find((issue) => issue.code === 'unrecognized_keys');
  if (unknown) {
    const field = jsonPointer([...unknown.path, unknown.keys[0] ?? '']);
    return new ProblemError('unknown-field', `the field ${field} is not known`, { field });
  }
  const [issue] = issues;
  const path = issue?.path ?? [];
  const field = jsonPointer(path);
  const fault = issue?.code === 'custom' ? textFault.safeParse(issue.params).data : undefined;
  if (fault) return new ProblemError(fault.code, `${field}: ${fault.message}`, { field, position: fault.position });
  const detail = `${field === '' ? 'the body' : field}: ${expectation(issue)}`;
  return new ProblemError(path[0] === 'book' ? 'invalid-book' : 'invalid-field', detail, { field });
}

/** The problem of a query that its schema refuses. */
function queryProblem(issues: readonly Issue[]): ProblemError {
  const [issue] = issues;
  if (issue?.code === 'unrecognized_keys') {
    const field = quoted(issue.keys[0] ?? '');
    return new ProblemError('invalid-query', `the parameter ${field} is not known`, { field });
  }
  const field = String(issue?.path[0] ?? '');
  return new ProblemError('invalid-query', `${field}: ${expectation(issue)}`, { field });
}

const lineFaultCodes = [
  'value-empty',
  'value-too-long',
  'value-character',
  'value-surrogate',
] as const satisfies readonly LineFaultCode[];
const textFault = z.object({
  code: z.enum([...lineFaultCodes, ...nameFaultCodes, ...textFaultCodes]),
  position: z.number(),
  message: z.string(),
});

const expectation = (issue: Issue | undefined): string =>
  issue === undefined || issue.message.endsWith('received undefined') ? 'missing' : issue.message;
