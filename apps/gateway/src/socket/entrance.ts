// Who may open a WebSocket. Whoever may not is told why as over HTTP, for it is HTTP until then.
import { STATUS_CODES, type IncomingHttpHeaders } from 'node:http';
import type { Duplex } from 'node:stream';
import { SOCKET_PATH, SUBPROTOCOL } from '@parley/contracts';
import { ProblemError, problemDocument, problemHeaders, quoted } from '../http/problem.js';

interface Asked {
  readonly url?: string | undefined;
  readonly headers: IncomingHttpHeaders;
}

/** Why a request for a WebSocket is refused, whoever asks. */
export function entranceProblem({ url = '', headers }: Asked): ProblemError | undefined {
  const path = url.split('?', 1)[0] ?? '';
  if (path !== SOCKET_PATH) return new ProblemError('unknown-route', `no WebSocket is opened at ${quoted(path)}`);
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
  if (!offered.includes(SUBPROTOCOL)) {
    const field = 'Sec-WebSocket-Protocol';
    const detail = offered[0] ? `${quoted(offered.join(', '))} is offered` : 'no subprotocol is offered';
    return new ProblemError('subprotocol-required', detail, { field });
  }
  // A page of another site must not speak for whoever looks at it.
  const { origin, host } = headers;
  if (origin !== undefined && hostOf(origin) !== host)
    return new ProblemError('origin-refused', `${quoted(origin)} is not ${quoted(host ?? 'this host')}`, {
      field: 'Origin',
    });
  return undefined;
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}

/** Answers a request for a WebSocket with a problem, and closes the connection. */
export function refuseEntrance(stream: Duplex, problem: ProblemError, correlation: string): void {
  const body = JSON.stringify(problemDocument(problem, correlation));
  const headers = {
    connection: 'close',
    'content-type': 'application/problem+json',
    'content-length': String(Buffer.byteLength(body)),
    'x-correlation-id': correlation,
    ...problemHeaders(problem),
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  stream.on('error', () => stream.destroy());
  // The client's own end need not come: it would keep the connection, and with it the process.
  stream.once('finish', () => stream.destroy());
  stream.end(
    `HTTP/1.1 ${String(problem.status)} ${STATUS_CODES[problem.status] ?? ''}\r\n${lines.join('')}\r\n${body}`,
  );
}
