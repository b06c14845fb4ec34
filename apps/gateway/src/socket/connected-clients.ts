// Who is connected here, told to the replicas of the chat (docs/decisions/0019-presence.md): each coming and going with its
// number, all of it to whoever has missed one, and every second that this gateway lives.
import { randomBytes } from 'node:crypto';
import { chatFacts, closeCodes, gatewayFacts, type ClientConnection } from '@parley/contracts';
import type { Bus } from '@parley/messaging';
import type { SignedIn } from '../http/edge.js';

const ALIVE_MS = 1_000;

/** Connections that one message holds: none has more than 500 bytes, and the broker takes a megabyte. */
const PART = 1_000;

export interface Client {
  readonly signedIn: SignedIn;
  /** Where the client is on the network. */
  readonly address: string;
  close(code: number, reason: string): void;
}

export class ConnectedClients {
  private readonly nonce = randomBytes(16).toString('hex');
  private readonly clients = new Map<number, { readonly client: Client; readonly connection: ClientConnection }>();
  private readonly hearings: readonly { stop(): void }[];
  private readonly heart: NodeJS.Timeout;
  /** How many have come and gone so far. */
  private serial = 0;
  private lastId = 0;
  /** Where this gateway is reached; known once it listens. */
  address = '';

  constructor(
    private readonly bus: Bus,
    private readonly gateway: string,
  ) {
    this.hearings = [
      bus.listen(chatFacts.connectionsWanted, ({ gateway: wanted = gateway }) => {
        if (wanted === gateway) this.tellAll();
      }),
      bus.listen(chatFacts.sessionEnded, ({ session }) => this.ended(session)),
    ];
    this.heart = setInterval(() => this.beat(), ALIVE_MS);
  }

  stop(): void {
    clearInterval(this.heart);
    for (const hearing of this.hearings) hearing.stop();
  }

  get size(): number {
    return this.clients.size;
  }

  /** A client is in. Returns what is to be called when it is gone. */
  enter(client: Client): () => void {
    const { key, session } = client.signedIn;
    this.lastId += 1;
    const id = this.lastId;
    const connection = { id, user: { ...session.user, session: key.digest }, address: client.address };
    this.clients.set(id, { client, connection });
    this.bus.publish(gatewayFacts.connected, { ...this.next(), connection });
    return () => {
      if (this.clients.delete(id)) this.bus.publish(gatewayFacts.disconnected, { ...this.next(), id });
    };
  }

  private beat(): void {
    // A heartbeat that is held back until the broker returns would tell nothing.
    if (!this.bus.connected) return;
    this.bus.publish(gatewayFacts.alive, { ...this.now(), connections: this.size, address: this.address });
  }

  private tellAll(): void {
    const all = [...this.clients.values()].map(({ connection }) => connection);
    const parts = Math.max(1, Math.ceil(all.length / PART));
    for (let part = 0; part < parts; part += 1) {
      const connections = all.slice(part * PART, (part + 1) * PART);
      this.bus.publish(gatewayFacts.listed, { ...this.now(), part, isLast: part === parts - 1, connections });
    }
  }

  private ended(session: string): void {
    for (const { client } of [...this.clients.values()])
      if (client.signedIn.key.digest === session) client.close(closeCodes.sessionOver, 'the session is over');
  }

  private now(): { gateway: string; nonce: string; serial: number } {
    return { gateway: this.gateway, nonce: this.nonce, serial: this.serial };
  }

  private next(): { gateway: string; nonce: string; serial: number } {
    this.serial += 1;
    return this.now();
  }
}
