// The WebSockets of a gateway: who is let in, who is still there, and how they are let go.
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { closeCodes, MAX_FRAME_BYTES, networkOf, SOCKET_PATH, SUBPROTOCOL } from '@parley/contracts';
import { newTrace } from '@parley/messaging';
import { WebSocketServer, type WebSocket } from 'ws';
import { FairGate } from '../admission.js';
import { ProblemError } from '../http/problem.js';
import type { RequestObserver } from '../http/request-observer.js';
import type { Metrics } from '../metrics.js';
import { Connection, type ConnectionParts, type ConnectionSources } from './connection.js';
import { entranceProblem, refuseEntrance } from './entrance.js';

/** Times in milliseconds. */
export interface SocketLimits {
  readonly connections: number;
  /** Of them so many may not have said `hello` yet. Of both no network has all. */
  readonly awaited: number;
  /** From the connection to `hello`. */
  readonly helloMs: number;
  /** Between pings; who has not answered one by the next is gone. */
  readonly pingMs: number;
  readonly maxBufferedBytes: number;
}

const DEFAULT_LIMITS: SocketLimits = {
  connections: 10_000,
  awaited: 2_500,
  helloMs: 10_000,
  pingMs: 25_000,
  maxBufferedBytes: 1024 * 1024,
};

/** How long a client may take to say good-bye. */
const CLOSE_MS = 1_000;

export interface SocketServerParts extends ConnectionSources {
  readonly server: Server;
  readonly requests: RequestObserver;
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
  private readonly connections: FairGate;
  private readonly awaited: FairGate;
  private readonly pinging: NodeJS.Timeout;
  private isStopping = false;

  constructor(private readonly parts: SocketServerParts) {
    this.limits = { ...DEFAULT_LIMITS, ...parts.limits };
    this.connections = new FairGate(this.limits.connections);
    this.awaited = new FairGate(this.limits.awaited);
    parts.server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
      const { remoteAddress: address = '' } = request.socket;
      const refusal = this.refusalOf(request, networkOf(address));
      if (refusal !== undefined) return this.refuse(stream, request, refusal);
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

  private refusalOf(request: IncomingMessage, network: string): ProblemError | undefined {
    const problem = entranceProblem(request);
    if (problem) return problem;
    if (this.isStopping) return new ProblemError('overloaded', 'the gateway stops');
    const obstacle = this.connections.obstacle(network) ?? this.awaited.obstacle(network);
    if (obstacle === undefined) return undefined;
    const whose = obstacle === 'network' ? ' of one network' : '';
    return new ProblemError('overloaded', `as many WebSockets${whose} are open, or have said no \`hello\`, as can be`);
  }

  private refuse(stream: Duplex, { method = '' }: IncomingMessage, problem: ProblemError): void {
    const correlation = newTrace();
    const { code, status } = problem;
    this.parts.requests.served({ method, route: SOCKET_PATH, status, ms: 0, correlation, code });
    refuseEntrance(stream, problem, correlation);
  }

  private welcome(client: Pick<ConnectionParts, 'socket' | 'stream' | 'address'>): void {
    const { socket } = client;
    const { maxBufferedBytes } = this.limits;
    const network = networkOf(client.address);
    this.connections.enter(network);
    this.awaited.enter(network);
    let isAwaited = true;
    const greeted = (): void => {
      if (isAwaited) this.awaited.leave(network);
      isAwaited = false;
      clearTimeout(deadline);
    };
    const connection = new Connection({ ...this.parts, ...client, maxBufferedBytes, greeted });
    this.open.set(socket, connection);
    const deadline = setTimeout(() => connection.close(closeCodes.helloExpected, 'no hello came'), this.limits.helloMs);
    for (const sign of ['pong', 'message']) socket.on(sign, () => this.silent.delete(socket));
    socket.once('close', (code) => {
      this.parts.metrics.closedSocket(connection.goodbye ?? code);
      greeted();
      this.connections.leave(network);
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
