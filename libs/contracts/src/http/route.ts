// A route of the edge, as it is declared: the gateway serves from it and /openapi.json is generated from it.
import type { z } from 'zod';
import type { ProblemCode } from '../problems.js';

/** Largest body of a request, in bytes: a string of 65,536 bytes can be 393 kB once escaped in JSON. */
export const MAX_BODY_BYTES = 512 * 1024;

export interface Route {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  readonly path: string;
  readonly tag: 'transactions' | 'participants' | 'events' | 'accounts' | 'rooms' | 'inbox' | 'presence' | 'health';
  readonly summary: string;
  /** session: who has signed in. principal: the operator, or who has signed in. */
  readonly access: 'operator' | 'session' | 'principal' | 'anyone';
  readonly body?: {
    readonly schema: z.ZodType;
    readonly example: unknown;
    /** JSON when absent. A plain text is what the schema has as `text`. */
    readonly mediaType?: 'text/plain';
    /** How large it may be, in bytes; MAX_BODY_BYTES when absent. */
    readonly maxBytes?: number;
  };
  readonly query?: z.ZodObject;
  readonly headers?: Readonly<Record<string, { readonly schema: z.ZodType; readonly description: string }>>;
  readonly answers: Readonly<Record<number, Answer>>;
  readonly problems: readonly ProblemCode[];
}
interface Answer {
  readonly description: string;
  readonly schema?: z.ZodType;
  readonly mediaType?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly example?: unknown;
}

/** Problems that any route but those of health can answer with. */
export const everywhere = [
  'unauthorized',
  'overloaded',
  'broker-unreachable',
  'internal',
] as const satisfies readonly ProblemCode[];
/** Those of a body in JSON. */
export const badBody = [
  'invalid-json',
  'invalid-utf8',
  'unknown-field',
  'invalid-field',
  'body-too-large',
  'unsupported-media-type',
] as const satisfies readonly ProblemCode[];
/** Those of what the members of a room are let do: the chat knows who they are. */
export const inRoom = [
  'unknown-room',
  'membership-required',
  'chat-unreachable',
] as const satisfies readonly ProblemCode[];
/** Those of what participants are asked for. */
export const atParticipant = ['participant-unreachable', ...everywhere] as const satisfies readonly ProblemCode[];
