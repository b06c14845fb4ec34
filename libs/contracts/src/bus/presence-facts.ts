// Who is connected where, as gateways tell it and replicas of the chat hear it (docs/decisions/0019-presence.md).
//
// A gateway numbers its comings and goings: `serial` is how many there were. Whoever hears a number that does not follow has
// missed something, and asks for all of them (`connectionsWanted`), which the gateway tells in one go (`listed`).
import { z } from 'zod';
import { sessionKey, userKind } from '../accounts.js';
import { nodeName, startNonce } from '../names.js';
import type { Fact } from './operation.js';

const count = z.number().int().nonnegative();

/** One WebSocket whose `hello` was good. */
const clientConnection = z.object({
  id: count.describe('1, 2, 3 … at its gateway'),
  user: z.object({ name: z.string(), kind: userKind, session: sessionKey.shape.digest }),
  address: z.string().max(64).describe('the network address of the client'),
});
export type ClientConnection = z.infer<typeof clientConnection>;

const told = z.object({
  gateway: nodeName,
  nonce: startNonce.describe('which of its lives speaks'),
  serial: count,
});

export const gatewayFacts = {
  /** Every second: a gateway lives. */
  alive: {
    subject: 'parley.v1.gateway.alive',
    body: told.extend({ connections: count, address: z.string().describe('where it is reached') }),
  },
  connected: { subject: 'parley.v1.gateway.connected', body: told.extend({ connection: clientConnection }) },
  disconnected: { subject: 'parley.v1.gateway.disconnected', body: told.extend({ id: count }) },
  /** All connections, in as many parts as it takes; none of the other facts comes in between. */
  listed: {
    subject: 'parley.v1.gateway.listed',
    body: told.extend({ part: count, isLast: z.boolean(), connections: z.array(clientConnection) }),
  },
} as const satisfies Record<string, Fact>;
export type GatewayAlive = z.infer<typeof gatewayFacts.alive.body>;
export type Connected = z.infer<typeof gatewayFacts.connected.body>;
export type Disconnected = z.infer<typeof gatewayFacts.disconnected.body>;
export type Listed = z.infer<typeof gatewayFacts.listed.body>;
