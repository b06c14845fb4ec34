// A TCP connection that a test can cut: a proxy in the test's own process, between a node and its broker or between two
// brokers. What was on its way when it is cut is lost, and who connects again waits until it is healed.
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

export class Wire {
  private readonly sockets = new Set<Socket>();
  /** Who has connected while it is cut. */
  private readonly waiting = new Set<Socket>();
  private whole = true;

  private constructor(
    private readonly server: Server,
    private target: number,
  ) {
    server.on('connection', (near) => this.carry(near));
  }

  /** A wire to a port of this machine. */
  static async to(target: number): Promise<Wire> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new Wire(server, target);
  }

  /** Where its near end is reached. */
  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  cut(): void {
    this.whole = false;
    for (const socket of this.sockets) socket.destroy();
  }

  heal(): void {
    this.whole = true;
    for (const near of this.waiting) this.carry(near);
    this.waiting.clear();
  }

  /** Nothing gets through any more in either direction, nothing is lost, and neither end is told, until `resume`. */
  stall(): void {
    for (const socket of this.sockets) socket.pause();
  }

  resume(): void {
    for (const socket of this.sockets) socket.resume();
  }

  /** Leads to another port from now on; who is connected has to connect again. */
  leadTo(target: number): void {
    if (target === this.target) return;
    this.target = target;
    for (const socket of this.sockets) socket.destroy();
  }

  close(): void {
    this.cut();
    for (const near of this.waiting) near.destroy();
    this.server.close();
  }

  private carry(near: Socket): void {
    if (!this.whole) return this.keepWaiting(near);
    const far = connect(this.target, '127.0.0.1');
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      this.sockets.add(from);
      from.on('data', (bytes) => void to.write(bytes));
      // An end that breaks off, for whatever reason, takes the other one with it.
      from.on('error', () => to.destroy());
      from.on('close', () => {
        this.sockets.delete(from);
        to.destroy();
      });
    }
  }

  /** As a peer that does not answer: what it says is taken up when the wire is healed, unless it gives up before. */
  private keepWaiting(near: Socket): void {
    near.pause();
    this.waiting.add(near);
    near.on('error', () => near.destroy());
    near.on('close', () => this.waiting.delete(near));
  }
}
