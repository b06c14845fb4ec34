// The HTTP server itself: limits and time-outs, and what is answered before there is a request to speak of.
import type { Socket } from 'node:net';
import { networkOf } from '@parley/contracts';
import { fastify, type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { FairGate } from '../admission.js';
import { correlationOf } from './correlation.js';
import { ProblemError, problemDocument, problemHeaders, quoted } from './problem.js';

/** All times in milliseconds. */
const limits = {
  /** From the first byte of a request to the end of its headers. A server that is flooded may take long to see it. */
  headersMs: 30_000,
  /** From the first byte of a request to the end of its body. */
  requestMs: 60_000,
  /** How long a connection is kept that has no request under way. Longer than common proxies keep theirs. */
  keepAliveMs: 72_000,
  /** How long nothing may move on a connection. Longer than the longest wait that a client is granted. */
  silenceMs: 120_000,
  /** How often the first two are looked at. */
  checkMs: 5_000,
  headerBytes: 16 * 1024,
  connections: 16_384,
};

export function createServer(): FastifyInstance {
  const server = fastify({
    genReqId: (request) => correlationOf(request.headers),
    requestIdHeader: false,
    bodyLimit: Number.MAX_SAFE_INTEGER,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.keepAliveMs,
    connectionTimeout: limits.silenceMs,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    http: {
      maxHeaderSize: limits.headerBytes,
      headersTimeout: limits.headersMs,
      connectionsCheckingInterval: limits.checkMs,
    },
    // An id or a name that is too long is unknown, and said to be so by who knows the names.
    routerOptions: { maxParamLength: limits.headerBytes },
    frameworkErrors: answerBadAddress,
    clientErrorHandler: answerBadHttp,
  });
  server.server.maxConnections = limits.connections;
  const gate = new FairGate(limits.connections);
  server.server.on('connection', (socket: Socket) => admit(gate, socket));
  return server;
}

/** What a network opens beyond its share is closed without a word, as is what all open beyond the limit. */
function admit(gate: FairGate, socket: Socket): void {
  const network = networkOf(socket.remoteAddress ?? '');
  if (!gate.enter(network)) socket.destroy();
  else socket.once('close', () => gate.leave(network));
}

/** An address that cannot be decoded reaches no hook and no handler. */
function answerBadAddress(_error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  const problem = new ProblemError('unknown-route', `${quoted(request.url)} cannot be decoded`);
  void reply
    .code(problem.status)
    .headers({ 'x-correlation-id': request.id, 'x-content-type-options': 'nosniff', ...problemHeaders(problem) })
    .type('application/problem+json')
    .send(JSON.stringify(problemDocument(problem, request.id)));
}

const statusLines: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

/** What is not HTTP gets the shortest answer that is. */
function answerBadHttp(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = statusLines[error.code ?? ''] ?? '400 Bad Request';
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy());
}
