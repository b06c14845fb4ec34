import type { RoomUser } from '@parley/contracts';
import type { FastifyRequest } from 'fastify';
import { operator, type Principal } from '../principal.js';
import type { SignedIn } from './edge.js';

/** Whose request it is, on a route that asks for a session: the edge lets nobody else in. */
export function signedIn({ signedIn: found }: FastifyRequest): SignedIn {
  if (found === undefined) throw new TypeError('a route that asks for a session was reached without one');
  return found;
}

/** Who that is to the chat. */
export function userOf(request: FastifyRequest): RoomUser {
  const { key, session } = signedIn(request);
  return { ...session.user, session: key.digest };
}

/** Who asks, on a route for the operator and for users. */
export function principalOf(request: FastifyRequest): Principal {
  if (request.isOperator) return operator;
  return { kind: 'user', user: userOf(request) };
}
