import type { FastifyRequest } from 'fastify';
import type { SignedIn } from './edge.js';

/** Whose request it is, on a route that asks for a session: the edge lets nobody else in. */
export function signedIn({ signedIn: found }: FastifyRequest): SignedIn {
  if (found === undefined) throw new TypeError('a route that asks for a session was reached without one');
  return found;
}
