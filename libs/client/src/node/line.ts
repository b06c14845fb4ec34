// The WebSocket of Node 20, which has none of its own. It hears pings, so a server that has died without a word is noticed.
import WebSocket from 'ws';
import type { Ends } from '../core/connection.js';
import { socketAddress, type OpenLine } from '../socket/line.js';

/** How long a server has to let a socket in, in milliseconds. */
const HANDSHAKE_MS = 10_000;

/** Largest frame that is taken from a server, in bytes. */
const MAX_FROM_SERVER = 4 * 1024 * 1024;

const addressOf = (host = '?', port = 0): string => `${host.includes(':') ? `[${host}]` : host}:${String(port)}`;

export const openLine: OpenLine = (server, hearer) => {
  const { url, protocol } = socketAddress(server);
  const socket = new WebSocket(url, protocol, {
    handshakeTimeout: HANDSHAKE_MS,
    maxPayload: MAX_FROM_SERVER,
    perMessageDeflate: false,
  });
  let failure = '';
  let ends: Ends | null = null;
  socket.on('upgrade', ({ socket: { localAddress, localPort, remoteAddress, remotePort } }) => {
    ends = { own: addressOf(localAddress, localPort), server: addressOf(remoteAddress, remotePort) };
  });
  socket.on('open', () => hearer.opened(ends));
  socket.on('message', (frame: Buffer) => hearer.received(frame.toString()));
  socket.on('ping', () => hearer.sign());
  // Followed by `close`, which ends it; only this says why.
  socket.on('error', (error) => (failure = error.message));
  socket.on('close', (code, reason) => hearer.closed(code, reason.toString() || failure));
  return {
    send: (text) => socket.send(text),
    drop: () => {
      socket.removeAllListeners();
      // What is cut off while it connects says so.
      socket.on('error', () => undefined);
      socket.terminate();
    },
  };
};
