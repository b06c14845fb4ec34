// One id from the HTTP request through every process to the file: the trace id of W3C Trace Context, taken from the
// client's `traceparent` when that is valid, else new.
import type { IncomingHttpHeaders } from 'node:http';
import { newTrace, parseTraceparent } from '@parley/messaging';

export function correlationOf({ traceparent }: IncomingHttpHeaders): string {
  return parseTraceparent(typeof traceparent === 'string' ? traceparent : undefined)?.trace ?? newTrace();
}
