// What stands in a message: plain JSON as the contract's schema describes it, so that any NATS client can take part.
// The trace, the answering node and an error's code are headers. There is no envelope.
import type { Msg } from '@nats-io/transport-node';
import { z } from 'zod';
import type { CodedError } from './bus-error.js';
import { newTrace, parseTraceparent, traceHeader, traceparent } from './trace.js';

/** Header with the code of an error; the body is then `{ code, detail }`. */
const errorHeader = 'parley-error';
/** Header with the name of the node that answers, so that a gather tells a duplicate from another node's reply. */
const nodeHeader = 'parley-node';

const codedError = z.object({ code: z.string(), detail: z.string() });
const maxDetailLength = 500;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

/** A message on its way out. */
export interface Outgoing {
  readonly payload: Uint8Array;
  /** By name, each with its one value, which has no line breaks: the client writes it as it is. */
  readonly headers: Readonly<Record<string, string[]>>;
}

/** Where a message comes from: handlers get it beside the body. */
export interface Call {
  /** Trace id, 32 hexadecimal digits: pass it on with every message that this one causes. */
  readonly trace: string;
  /** Span id of the message, 16 hexadecimal digits; undefined when its sender gave no trace. */
  readonly span: string | undefined;
  readonly subject: string;
}

export type Parsed<Body> = { readonly ok: true; readonly body: Body } | { readonly ok: false; readonly reason: string };

/** Throws a TypeError for what JSON cannot hold, which is a mistake of the sender's code. */
function encode(body: unknown): Uint8Array {
  const json = JSON.stringify(body) as string | undefined;
  if (json === undefined) {
    throw new TypeError('a message needs a body that JSON can hold');
  }
  return encoder.encode(json);
}

export const outgoing = (body: unknown, trace: string | undefined): Outgoing => ({
  payload: encode(body),
  headers: { [traceHeader]: [traceparent(trace)] },
});

export const replyFrom = (node: string, body: unknown, trace: string): Outgoing => ({
  payload: encode(body),
  headers: { [traceHeader]: [traceparent(trace)], [nodeHeader]: [node] },
});

export function errorFrom(node: string, { code, detail }: CodedError, trace: string): Outgoing {
  const { payload, headers } = replyFrom(node, { code, detail: detail.slice(0, maxDetailLength) }, trace);
  return { payload, headers: { ...headers, [errorHeader]: [code] } };
}

export function callOf(message: Msg): Call {
  const parent = parseTraceparent(message.headers?.get(traceHeader));
  return { trace: parent?.trace ?? newTrace(), span: parent?.span, subject: message.subject };
}

/** The broker's own answer when nobody listens on the subject of a request. */
export const saysNobodyListens = (message: Msg): boolean => message.headers?.code === 503 && message.data.length === 0;

/** The node that answered, or undefined when it does not say. */
export const answeredBy = (message: Msg): string | undefined => {
  const node = message.headers?.get(nodeHeader);
  return node === '' ? undefined : node;
};

/** The coded error a reply carries, or undefined when it is not an error. */
export function codedErrorOf(message: Msg): CodedError | undefined {
  const code = message.headers?.get(errorHeader);
  if (code === undefined || code === '') {
    return undefined;
  }
  const parsed = parse(message, codedError);
  return { code, detail: parsed.ok ? parsed.body.detail : `the peer answered ${code} and did not say why` };
}

/** Parses the JSON of a message by its schema. The reason names the place and not the value, which may be anything. */
export function parse<Schema extends z.ZodType>(message: Msg, schema: Schema): Parsed<z.output<Schema>> {
  let json: unknown;
  try {
    json = JSON.parse(decoder.decode(message.data));
  } catch (error) {
    return { ok: false, reason: error instanceof SyntaxError ? 'the body is not JSON' : 'the body is not UTF-8' };
  }
  const result = schema.safeParse(json);
  return result.success ? { ok: true, body: result.data } : { ok: false, reason: reasonOf(result.error) };
}

function reasonOf(error: z.ZodError): string {
  const issue = error.issues[0];
  const place = issue?.path.map((step) => (typeof step === 'number' ? '*' : String(step))).join('/') ?? '';
  return `/${place}: ${issue?.message ?? 'does not fit'}`;
}
