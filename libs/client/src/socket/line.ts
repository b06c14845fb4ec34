// A WebSocket as the client needs it: the platform's own, or that of a library which has the same interface.
import type { Ends } from '../core/connection.js';
import { SOCKET_PATH, SUBPROTOCOL } from '@parley/contracts';

/** What is heard of a socket. Nothing any more once it was dropped. */
export interface Hearer {
  opened(ends: Ends | null): void;
  received(text: string): void;
  /** The server pinged. */
  sign(): void;
  closed(code: number, reason: string): void;
}

export interface Line {
  send(text: string): void;
  /** Lets go of it at once, without waiting for the other side. */
  drop(): void;
}

/** Opens a socket to a server's address, such as `http://127.0.0.1:7070`. */
export type OpenLine = (server: string, hearer: Hearer) => Line;

/** Where a server's WebSocket is. */
export function socketAddress(server: string): { url: string; protocol: string } {
  const url = new URL(SOCKET_PATH, server);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return { url: url.href, protocol: SUBPROTOCOL };
}
