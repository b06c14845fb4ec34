// The WebSockets of a gateway: who is let in, who is still there, and how they are let go.
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { closeCodes, MAX_FRAME_BYTES, SOCKET_PATH, SUBPROTOCOL } from '@parley/contracts';
import { WebSocketServer, type WebSocket } from 'ws';
import type { Metrics } from '../metrics.js';
import { Connection, type ConnectionParts, type ConnectionSources } from './connection.js';

/** Times in milliseconds. */
export interface SocketLimits {
  readonly connections: number;
  /** From the connection to `hello`. */
  readonly helloMs: number;
  /** Between pings; who has not answered one by the next is gone. */
  readonly pingMs: number;
  readonly maxBufferedBytes: number;
}

const DEFAULT_LIMITS: SocketLimits = {
  connections: 10_000,
  helloMs: 10_000,
  pingMs: 25_000,
  maxBufferedBytes: 1024 * 1024,
};

/** How long a client may take to say good-bye. */
const CLOSE_MS = 1_000;

export interface SocketServerParts extends ConnectionSources {
  readonly server: Server;
  readonly metrics: Pick<Metrics, 'countSockets' | 'closedSocket'>;
  readonly limits?: Partial<SocketLimits> | undefined;
}

export class SocketServer {
  private readonly sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_FRAME_BYTES,
    perMessageDeflate: false,
    handleProtocols: () => SUBPROTOCOL,
  });
  private readonly open = new Map<WebSocket, Connection>();
  private readonly silent = new Set<WebSocket>();
  private readonly limits: SocketLimits;
  private readonly pinging: NodeJS.Timeout;
  private isStopping = false;

  constructor(private readonly parts: SocketServerParts) {
    this.limits = { ...DEFAULT_LIMITS, ...parts.limits };
    parts.server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
      const refusal = this.refusalOf(request);
      if (refusal !== undefined) return refuse(stream, refusal);
      const { remoteAddress: address = '' } = request.socket;
      this.sockets.handleUpgrade(request, stream, head, (socket) => this.welcome({ socket, stream, address }));
    });
    parts.metrics.countSockets(() => this.open.size);
    this.pinging = setInterval(() => this.ping(), this.limits.pingMs);
  }

  /** Lets all clients go, who come back to another gateway. Resolves when they are gone. */
  async stop(): Promise<void> {
    this.isStopping = true;
    clearInterval(this.pinging);
    const gone = [...this.open].map(async ([socket, connection]) => {
      const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
      connection.close(closeCodes.goingAway, 'the gateway stops');
      const deadline = setTimeout(() => socket.terminate(), CLOSE_MS);
      await closed;
      clearTimeout(deadline);
    });
    await Promise.all(gone);
  }

  private refusalOf({ url = '', headers }: IncomingMessage): string | undefined {
    if (url.split('?', 1)[0] !== SOCKET_PATH) return '404 Not Found';
    const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
    if (!offered.includes(SUBPROTOCOL)) return '400 Bad Request';
    // A page of another site must not speak for whoever looks at it.
    if (headers.origin !== undefined && hostOf(headers.origin) !== headers.host) return '403 Forbidden';
    if (this.isStopping || this.open.size >= this.limits.connections) return '503 Service Unavailable';
    return undefined;
  }

  private welcome(client: Pick<ConnectionParts, 'socket' | 'stream' | 'address'>): void {
    const { socket } = client;
    const { maxBufferedBytes } = this.limits;
    const connection = new Connection({ ...this.parts, ...client, maxBufferedBytes });
    this.open.set(socket, connection);
    const deadline = setTimeout(() => {
      if (connection.isAwaited) connection.close(closeCodes.helloExpected, 'no hello came');
    }, this.limits.helloMs);
    for (const sign of ['pong', 'message']) socket.on(sign, () => this.silent.delete(socket));
    socket.once('close', (code) => {
      this.parts.metrics.closedSocket(connection.goodbye ?? code);
      clearTimeout(deadline);
      this.open.delete(socket);
      this.silent.delete(socket);
    });
  }

  private ping(): void {
    for (const [socket, connection] of this.open) {
      // Nothing is taken from it now, and so no answer to a ping either: it has sent more than is being worked on.
      if (socket.isPaused) continue;
      if (this.silent.has(socket)) {
        this.parts.log.info('a WebSocket answers no pings');
        socket.terminate();
        continue;
      }
      this.silent.add(socket);
      socket.ping();
      void connection.recheck();
    }
  }
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}

function refuse(stream: Duplex, status: string): void {
  stream.on('error', () => stream.destroy());
  // The client's own end need not come: it would keep the connection, and with it the process.
  stream.once('finish', () => stream.destroy());
  stream.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
