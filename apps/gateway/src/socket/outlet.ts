// What leaves for one client. Frames that come together are written together: what a client is sent costs a system call for each
// turn of the event loop, not for each frame. And what waits to be taken is bounded: beyond that the client is let go.
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';

interface OutletParts {
  readonly socket: WebSocket;
  /** The connection beneath the WebSocket. */
  readonly stream: Duplex;
  /** How many bytes may wait to be taken by the client. */
  readonly maxBufferedBytes: number;
  /** More waits than may: nothing more is sent. */
  readonly tooSlow: () => void;
}

export class Outlet {
  private isGathering = false;

  constructor(private readonly parts: OutletParts) {}

  send(frame: Buffer): void {
    const { socket, maxBufferedBytes, tooSlow } = this.parts;
    if (socket.readyState !== socket.OPEN) return;
    // What was only gathered is not the client's fault.
    if (socket.bufferedAmount > maxBufferedBytes) this.flush();
    if (socket.bufferedAmount > maxBufferedBytes) {
      tooSlow();
      return;
    }
    this.gather();
    socket.send(frame, { binary: false });
  }

  /** Resolves when what was sent has left, or the connection is closed. */
  taken(): Promise<void> {
    const { socket } = this.parts;
    return new Promise((resolve) => {
      if (socket.readyState !== socket.OPEN) return resolve();
      // What is sent is written in order, so what comes before a ping has left when the ping has.
      socket.ping(undefined, undefined, () => resolve());
    });
  }

  private gather(): void {
    if (this.isGathering) return;
    this.isGathering = true;
    this.parts.stream.cork();
    setImmediate(() => this.flush());
  }

  private flush(): void {
    if (!this.isGathering) return;
    this.isGathering = false;
    this.parts.stream.uncork();
  }
}
