// What every request passes before it reaches a controller, in this order: it gets its correlation id and the answer's
// security headers, must ask for something that is served, must show who asks, and must fit into what the gateway takes
// on at once. All this happens before the first byte of a body is read.
import type { IncomingMessage } from 'node:http';
import type { Route } from '@parley/contracts';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Admission, AdmittedProposal, Gate } from '../admission.js';
import { announcedBytes, discardRest, hasBody, readJsonBody } from './body.js';
import { whenClosed } from './closing.js';
import { notJson, ProblemError } from './problem.js';
import type { RequestLog } from './request-log.js';
import { DOCS_PATH, nothingServed, routeOf } from './served-routes.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** The place of a proposal. */
    admitted: AdmittedProposal | undefined;
    /** The problem that the request was answered with. */
    problem: ProblemError['code'] | undefined;
  }
}

export interface Edge {
  readonly isOperator: (authorization: string | undefined) => boolean;
  readonly admission: Admission;
  readonly requests: RequestLog;
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

export function raiseEdge(server: FastifyInstance, edge: Edge): void {
  server.decorateRequest('admitted', undefined);
  server.decorateRequest('problem', undefined);
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', async (request: FastifyRequest, payload: IncomingMessage) =>
    takesBody(request) ? readJsonBody(payload) : undefined,
  );
  server.addContentTypeParser('*', async (request: FastifyRequest) => {
    if (takesBody(request)) throw notJson();
  });
  server.addHook('onRequest', (request, reply, done) => {
    receive(edge, request, reply);
    const route = routeOf(request.method, request.routeOptions.url);
    if (!route?.body && hasBody(request.headers)) discardRest(request.raw);
    try {
      if (request.is404) throw nothingServed(request.method, request.url);
      if (route) {
        authorise(edge, route, request);
        admit(edge.admission, route, request, reply);
      }
      done();
    } catch (error) {
      done(error as Error);
    }
  });
  server.addHook('onSend', (_request, reply, _payload, done) => {
    if (edge.isStopping()) void reply.header('connection', 'close');
    done();
  });
}

/** Many clients name a type also where they send no body, and some send one where none is asked for: it is not read. */
const takesBody = ({ method, routeOptions }: FastifyRequest): boolean =>
  routeOf(method, routeOptions.url)?.body !== undefined;

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

function authorise({ isOperator }: Edge, { access }: Route, { headers: { authorization } }: FastifyRequest): void {
  if (access === 'anyone' || isOperator(authorization)) return;
  const [detail, challenge] =
    authorization === undefined
      ? ['there is no Authorization header', 'Bearer realm="parley"']
      : ['the token is not the operator’s', 'Bearer realm="parley", error="invalid_token"'];
  throw new ProblemError('unauthorized', detail, {
    field: 'Authorization',
    headers: { 'www-authenticate': challenge },
  });
}

function admit(admission: Admission, route: Route, request: FastifyRequest, reply: FastifyReply): void {
  if (route.access === 'anyone') return;
  if (route.body) {
    const admitted = admission.propose(announcedBytes(request.headers));
    if (!admitted) throw overloaded('proposals');
    request.admitted = admitted;
    whenClosed(reply.raw, () => admitted.leave());
    return;
  }
  const mediaType = route.answers[200]?.mediaType;
  const what = mediaType === undefined ? 'reads' : mediaType.startsWith('text/event-stream') ? 'streams' : 'ledgers';
  enter(admission[what], what, reply);
}

function enter(gate: Gate, what: string, reply: FastifyReply): void {
  if (!gate.enter()) throw overloaded(what);
  whenClosed(reply.raw, () => gate.leave());
}

const overloaded = (what: string): ProblemError =>
  new ProblemError('overloaded', `as many ${what} are under way as this gateway takes on at once`);
