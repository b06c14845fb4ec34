// When a request is over: its answer is sent, or its client is gone. Exactly once, whichever comes first.
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

// The answer of a pipelined request that waits behind others gets no `close` when the connection goes, so the
// connection is watched too: by one listener, however many requests are under way on it.
const openRequests = new WeakMap<Socket, Set<() => void>>();

/** Calls `listener` once, when the answer is sent or cannot be sent any more. */
export function whenClosed(response: ServerResponse, listener: () => void): void {
  const open = openRequestsOf(response.req.socket);
  const settle = (): void => {
    if (open.delete(settle)) listener();
  };
  open.add(settle);
  response.once('close', settle);
}

function openRequestsOf(socket: Socket): Set<() => void> {
  const known = openRequests.get(socket);
  if (known) return known;
  const open = new Set<() => void>();
  openRequests.set(socket, open);
  socket.once('close', () => {
    for (const settle of open) settle();
  });
  return open;
}
