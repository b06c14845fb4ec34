// What every request passes before it reaches a controller, in this order: it gets its correlation id and the answer's
// security headers, must ask for something that is served, must show who asks, and must fit into what the gateway takes
// on at once. All this happens before the first byte of a body is read.
import type { IncomingMessage } from 'node:http';
import { networkOf, type Route, type Session, type SessionKey } from '@parley/contracts';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Admission, AdmittedProposal, FairGate, Gate } from '../admission.js';
import { announcedBytes, discardRest, hasBody, readJsonBody, readTextBody } from './body.js';
import { whenClosed } from './closing.js';
import { notOfType, ProblemError } from './problem.js';
import type { RequestObserver } from './request-observer.js';
import { DOCS_PATH, nothingServed, routeOf } from './served-routes.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** The place of a proposal. */
    admitted: AdmittedProposal | undefined;
    /** On a route for the operator and for users: whether the operator asks. */
    isOperator: boolean;
    /** Whose request it is, where a session is asked for. */
    signedIn: SignedIn | undefined;
    /** The problem that the request was answered with. */
    problem: ProblemError['code'] | undefined;
  }
}

/** Who has shown the token of a session that is not over. */
export interface SignedIn {
  readonly key: SessionKey;
  readonly session: Session;
}

export interface Edge {
  readonly isOperator: (authorization: string | undefined) => boolean;
  /** Rejects with a ProblemError when it cannot be told. */
  readonly signedIn: (authorization: string | undefined, correlation: string) => Promise<SignedIn | undefined>;
  readonly admission: Admission;
  readonly requests: Pick<RequestObserver, 'served'>;
  /** Whether the gateway is on its way out. */
  readonly isStopping: () => boolean;
}

const everyAnswer = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'x-frame-options': 'DENY',
};
const dataAnswer = {
  ...everyAnswer,
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cache-control': 'no-store',
};
// Swagger UI sets styles on elements and carries its pictures in its style sheet; all it loads comes from here.
const pageAnswer = {
  ...everyAnswer,
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
};

type Reader = (payload: IncomingMessage, limit: number | undefined) => Promise<unknown>;

/**
 * How bodies are read, by their type. Many clients name a type also where they send no body, and some send one where none is
 * asked for: it is not read.
 */
const readers: readonly (readonly [type: string, read: Reader])[] = [
  ['application/json', readJsonBody],
  ['text/plain', async (payload, limit) => ({ text: await readTextBody(payload, limit) })],
];

export function raiseEdge(server: FastifyInstance, edge: Edge): void {
  server.decorateRequest('admitted', undefined);
  server.decorateRequest('isOperator', false);
  server.decorateRequest('signedIn', undefined);
  server.decorateRequest('problem', undefined);
  server.removeAllContentTypeParsers();
  for (const [type, read] of readers) {
    server.addContentTypeParser(type, async (request: FastifyRequest, payload: IncomingMessage) => {
      const body = routeOfRequest(request)?.body;
      if (body === undefined) return undefined;
      const expected = body.mediaType ?? 'application/json';
      if (expected !== type) throw notOfType(expected);
      return read(payload, body.maxBytes);
    });
  }
  server.addContentTypeParser('*', async (request: FastifyRequest) => {
    const body = routeOfRequest(request)?.body;
    if (body) throw notOfType(body.mediaType ?? 'application/json');
  });
  server.addHook('onRequest', async (request, reply) => {
    receive(edge, request, reply);
    const route = routeOfRequest(request);
    if (!route?.body && hasBody(request.headers)) discardRest(request.raw);
    if (request.is404) throw nothingServed(request.method, request.url);
    if (!route) return;
    if (route.access === 'operator') authoriseOperator(edge, request);
    // A session is asked for at the chat, which costs something: it takes its place first.
    admit(edge.admission, route, request, reply);
    if (route.access === 'principal') request.isOperator = edge.isOperator(request.headers.authorization);
    if (route.access === 'session' || (route.access === 'principal' && !request.isOperator))
      request.signedIn = await authoriseSession(edge, request);
  });
  server.addHook('onSend', (_request, reply, _payload, done) => {
    if (edge.isStopping()) void reply.header('connection', 'close');
    done();
  });
}

const routeOfRequest = ({ method, routeOptions }: FastifyRequest): Route | undefined =>
  routeOf(method, routeOptions.url);

function receive({ requests }: Edge, request: FastifyRequest, reply: FastifyReply): void {
  const isPage = request.url.startsWith(DOCS_PATH);
  void reply.headers({ 'x-correlation-id': request.id, ...(isPage ? pageAnswer : dataAnswer) });
  whenClosed(reply.raw, () => {
    requests.served({
      method: request.method,
      route: request.routeOptions.url ?? 'none',
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime * 10) / 10,
      correlation: request.id,
      ...(request.problem && { code: request.problem }),
      ...(!reply.raw.writableFinished && { abandoned: true }),
    });
  });
}

function authoriseOperator({ isOperator }: Edge, { headers: { authorization } }: FastifyRequest): void {
  if (!isOperator(authorization)) throw unauthorized(authorization, 'the token is not the operator’s');
}

async function authoriseSession(edge: Edge, { headers, id }: FastifyRequest): Promise<SignedIn> {
  const signedIn = await edge.signedIn(headers.authorization, id);
  if (signedIn) return signedIn;
  throw unauthorized(headers.authorization, 'the token is that of no session, or of one that is over');
}

function unauthorized(authorization: string | undefined, wrong: string): ProblemError {
  const [detail, challenge] =
    authorization === undefined
      ? ['there is no Authorization header', 'Bearer realm="parley"']
      : [wrong, 'Bearer realm="parley", error="invalid_token"'];
  return new ProblemError('unauthorized', detail, {
    field: 'Authorization',
    headers: { 'www-authenticate': challenge },
  });
}

function admit(admission: Admission, route: Route, request: FastifyRequest, reply: FastifyReply): void {
  if (route.tag === 'accounts' || route.tag === 'rooms' || route.tag === 'presence') {
    if (route.body) announcedBytes(request.headers, route.body.maxBytes);
    if (isFollowing(request)) return enterFairly(admission.logs, 'logs that are followed', request, reply);
    return route.access === 'anyone'
      ? enterFairly(admission.newcomers, 'sign-ups and sign-ins', request, reply)
      : enterFairly(admission.users, 'requests of users', request, reply);
  }
  if (route.access === 'anyone') return;
  if (route.body) {
    const admitted = admission.propose(announcedBytes(request.headers));
    if (!admitted) throw overloaded('proposals');
    request.admitted = admitted;
    whenClosed(reply.raw, () => admitted.leave());
    return;
  }
  const mediaType = route.answers[200]?.mediaType;
  const what =
    mediaType === undefined || route.tag === 'health'
      ? 'reads'
      : mediaType.startsWith('text/event-stream')
        ? 'streams'
        : 'ledgers';
  enter(admission[what], what, reply);
}

/** What may stay for hours keeps no place from what is soon over. */
const isFollowing = ({ method, query }: FastifyRequest): boolean =>
  method === 'GET' && (query as { follow?: unknown }).follow === 'true';

function enter(gate: Gate, what: string, reply: FastifyReply): void {
  if (!gate.enter()) throw overloaded(what);
  whenClosed(reply.raw, () => gate.leave());
}

function enterFairly(gate: FairGate, what: string, { raw }: FastifyRequest, reply: FastifyReply): void {
  const network = networkOf(raw.socket.remoteAddress ?? '');
  if (!gate.enter(network)) throw overloaded(gate.obstacle(network) === 'network' ? `${what} of one network` : what);
  whenClosed(reply.raw, () => gate.leave(network));
}

const overloaded = (what: string): ProblemError =>
  new ProblemError('overloaded', `as many ${what} are under way as this gateway takes on at once`);
