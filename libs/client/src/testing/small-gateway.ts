// A server on a real port with as much of the edge as a client needs to come in: it gives tickets, greets, keeps one room and
// answers `say`. What it is asked is noted.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { socketCommand, SUBPROTOCOL, type ShownRoomEvent, type SocketCommand } from '@parley/contracts';
import { WebSocketServer, type WebSocket } from 'ws';

const JO = { name: 'Jo', kind: 'account' } as const;

/** What the gateways of a test have in common: what was said, and to whom it is told. */
export class SmallStore {
  readonly said: Extract<ShownRoomEvent, { type: 'said' }>[] = [];
  readonly told = new Set<WebSocket>();

  say(room: string, id: string, text: string): { message: ShownRoomEvent; repeated: boolean } {
    const before = this.said.find((message) => message.id === id);
    if (before !== undefined) return { message: before, repeated: true };
    const offset = this.said.length + 1;
    const stamp = { at: '2026-01-31T12:00:00.000Z', lamport: offset, vector: { 'chat-1': offset } };
    const message = { type: 'said', room, epoch: 1, offset, ...stamp, id, from: JO, text, gapMs: null } as const;
    this.said.push(message);
    for (const socket of this.told) send(socket, eventFrame(message));
    return { message, repeated: false };
  }
}

const eventFrame = (d: ShownRoomEvent): object => ({ ev: 'room.event', room: d.room, epoch: 1, off: d.offset, d });
const send = (socket: WebSocket, frame: unknown): void => socket.send(JSON.stringify(frame));

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly type?: string;
}

export class SmallGateway {
  readonly commands: SocketCommand[] = [];
  readonly asked: { what: string; authorization: string | undefined; body: string }[] = [];
  /** Answers by `METHOD path`, before those that it has by itself. */
  readonly answers = new Map<string, Answer>();
  /** How many `say` are carried out, and the socket lost before they are answered. */
  swallows = 0;
  private readonly sockets = new WebSocketServer({ noServer: true, handleProtocols: () => SUBPROTOCOL });

  private constructor(
    private readonly server: Server,
    private readonly store: SmallStore,
  ) {
    server.on('request', (request, response) => void this.answer(request, response));
    server.on('upgrade', (request, socket, head) =>
      this.sockets.handleUpgrade(request, socket, head, (open) => this.hear(open)),
    );
  }

  static async start(store = new SmallStore()): Promise<SmallGateway> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new SmallGateway(server, store);
  }

  get address(): string {
    return `http://127.0.0.1:${String((this.server.address() as AddressInfo).port)}`;
  }

  /** As if it were killed. */
  async stop(): Promise<void> {
    for (const socket of this.sockets.clients) socket.terminate();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const what = `${request.method ?? ''} ${request.url ?? ''}`;
    let body = '';
    for await (const chunk of request) body += String(chunk);
    this.asked.push({ what, authorization: request.headers.authorization, body });
    const ticket = JSON.stringify({ ticket: 'pt_secret', expiresAt: '2026-01-31T12:01:00.000Z' });
    const isTicket = what === 'POST /api/v1/ws-tickets';
    const answer = this.answers.get(what) ?? (isTicket ? { status: 201, body: ticket } : { status: 404, body: '{}' });
    const type = answer.type ?? 'application/json';
    response.writeHead(answer.status, { 'content-type': type }).end(answer.status === 204 ? '' : answer.body);
  }

  private hear(socket: WebSocket): void {
    socket.on('close', () => this.store.told.delete(socket));
    socket.on('message', (frame: Buffer) => {
      const command = socketCommand.parse(JSON.parse(frame.toString()));
      this.commands.push(command);
      if (command.op === 'hello') this.greet(socket, command.d.positions);
      else if (command.op === 'say') this.say(socket, command);
    });
  }

  private greet(socket: WebSocket, positions: Readonly<Record<string, { offset: number }>>): void {
    const { said } = this.store;
    const seen = positions['kitchen'];
    const past = said.slice(seen?.offset ?? 0);
    send(socket, { re: 'hello', ok: true, d: {} });
    send(socket, { ev: 'welcome', user: JO, rooms: ['kitchen'] });
    for (const event of past) send(socket, eventFrame(event));
    const synced = { room: 'kitchen', epoch: 1, off: said.length, recovered: seen !== undefined, count: past.length };
    send(socket, { ev: 'room.synced', ...synced });
    send(socket, { ev: 'caught_up' });
    this.store.told.add(socket);
  }

  private say(socket: WebSocket, { id, d }: Extract<SocketCommand, { op: 'say' }>): void {
    const told = this.store.say(d.room, d.id, d.text);
    if (this.swallows === 0) return send(socket, { re: id, ok: true, d: told });
    this.swallows -= 1;
    socket.terminate();
  }
}
