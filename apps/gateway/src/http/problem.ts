// Errors that a client is told. Whatever goes wrong at the edge becomes one of these before it is answered.
import { problemKinds, type Problem, type ProblemCode } from '@parley/contracts';

/** What a problem is about, and the header fields that its answer needs. */
export interface ProblemDetails {
  /** JSON pointer into the body, or the name of a header or query parameter. */
  readonly field?: string;
  /** Zero-based; code points, or bytes where the problem's remedy says so. */
  readonly position?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Thrown wherever a request cannot be served; answered as a problem document. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';

  constructor(
    readonly code: ProblemCode,
    readonly detail: string,
    readonly about: ProblemDetails = {},
    options?: ErrorOptions,
  ) {
    super(`${code}: ${detail}`, options);
  }

  get status(): number {
    return problemKinds[this.code].status;
  }
}

export const notOfType = (mediaType: string): ProblemError =>
  new ProblemError('unsupported-media-type', `the body is not ${mediaType}`, { field: 'Content-Type' });

export const notJson = (): ProblemError => notOfType('application/json');

/** When to repeat what was refused because a part is missing or busy, or because it came too often, in seconds. */
const retryAfter: Readonly<Record<number, string>> = { 503: '1', 429: '30' };

/** The RFC 9457 document of a problem. */
export function problemDocument(error: ProblemError, correlation: string): Problem {
  const { status, title, remedy } = problemKinds[error.code];
  const { field, position } = error.about;
  return {
    type: `/docs/problems#${error.code}`,
    title,
    status,
    code: error.code,
    detail: error.detail,
    remedy,
    ...(field !== undefined && { field }),
    ...(position !== undefined && { position }),
    correlation,
  };
}

/** A problem as documents show it. */
export const exampleProblem = (code: ProblemCode): Problem =>
  problemDocument(new ProblemError(code, problemKinds[code].title), '4bf92f3577b34da6a3ce929d0e0e4736');

/** Header fields of a problem's answer. */
export function problemHeaders(error: ProblemError): Record<string, string> {
  const seconds = retryAfter[error.status];
  return { ...(seconds !== undefined && { 'retry-after': seconds }), ...error.about.headers };
}

const LONGEST_QUOTE = 64;

/** A client's text as it may stand in an answer or a log line: shortened, so that nobody is sent his body back. */
export const quoted = (text: string): string =>
  text.length <= LONGEST_QUOTE ? text : `${text.slice(0, LONGEST_QUOTE)}…`;

/** A JSON pointer (RFC 6901) to a field. */
export const jsonPointer = (path: readonly PropertyKey[]): string =>
  path.map((key) => `/${quoted(String(key)).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
