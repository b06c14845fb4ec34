// W3C Trace Context, https://www.w3.org/TR/trace-context/: which messages belong to one cause. The trace id is the
// correlation id of the HTTP request that began it all; each message is a span of its own.
import { randomUUID } from 'node:crypto';

/** Name of the header, in lower case as the recommendation writes it. */
export const traceHeader = 'traceparent';

const pattern = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?$/;

/** A new trace id: 32 hexadecimal digits, 122 bits of them random. Node draws these for many UUIDs at a time, which is cheap. */
export const newTrace = (): string => randomUUID().replaceAll('-', '');

/** A new span id: 16 hexadecimal digits, from the places of a UUID that are all random. */
function newSpan(): string {
  const uuid = randomUUID();
  return uuid.slice(0, 8) + uuid.slice(-8);
}

const traceId = /^[0-9a-f]{32}$/;

/** Header value for a new span of the trace, marked as sampled; of a new trace when this is none. */
export const traceparent = (trace = ''): string => `00-${traceId.test(trace) ? trace : newTrace()}-${newSpan()}-01`;

/** The trace and span a header names, or undefined when there is none or it does not follow the recommendation. */
export function parseTraceparent(header: string | undefined): { trace: string; span: string } | undefined {
  const [, version, trace, span, rest] = pattern.exec(header ?? '') ?? [];
  if (trace === undefined || span === undefined || /^0+$/.test(trace) || /^0+$/.test(span)) {
    return undefined;
  }
  // Version 00 ends here; a later one may go on, and ff is forbidden.
  return version === 'ff' || (version === '00' && rest !== undefined) ? undefined : { trace, span };
}
