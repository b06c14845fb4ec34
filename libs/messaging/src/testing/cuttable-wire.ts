// A wire between one client and the broker that can be cut while both live.
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

export class CuttableWire {
  readonly #sockets = new Set<Socket>();
  #server: Server;

  private constructor(
    private readonly target: URL,
    readonly port: number,
    server: Server,
  ) {
    this.#server = server;
    server.on('connection', (socket) => this.#join(socket));
  }

  static async to(url: string): Promise<CuttableWire> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new CuttableWire(new URL(url), (server.address() as AddressInfo).port, server);
  }

  get url(): string {
    return `nats://127.0.0.1:${String(this.port)}`;
  }

  async cut(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#sockets.forEach((socket) => socket.destroy());
    await closed;
  }

  async mend(): Promise<void> {
    this.#server = createServer((socket) => this.#join(socket)).listen(this.port, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  #join(near: Socket): void {
    const far = connect(Number(this.target.port), this.target.hostname);
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(socket);
      socket.pipe(other);
      // A cut wire is an error to none of the two ends.
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        other.destroy();
        this.#sockets.delete(socket);
      });
    }
  }
}
