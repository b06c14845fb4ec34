// A gateway that tells the chat whom a test lets in and out, as its contract says.
import { randomBytes } from 'node:crypto';
import { chatFacts, gatewayFacts, type ClientConnection, type RoomUser } from '@parley/contracts';
import type { Bus } from '@parley/messaging';

const ALIVE_MS = 200;

export class ScriptedGateway {
  private readonly nonce = randomBytes(16).toString('hex');
  private readonly clients = new Map<number, ClientConnection>();
  private readonly hearing: { stop(): void };
  private readonly heart: NodeJS.Timeout;
  private serial = 0;

  constructor(
    private readonly bus: Bus,
    private readonly gateway: string,
  ) {
    this.hearing = bus.listen(chatFacts.connectionsWanted, ({ gateway: wanted = gateway }) => {
      if (wanted === gateway) this.tellAll();
    });
    this.heart = setInterval(() => {
      bus.publish(gatewayFacts.alive, { ...this.now(), connections: this.clients.size, address: 'http://192.0.2.9' });
    }, ALIVE_MS);
  }

  /** It is told no more of, and tells nothing. */
  die(): void {
    clearInterval(this.heart);
    this.hearing.stop();
  }

  /** Somebody connects. Returns how to let go. */
  async enter(user: RoomUser, address = '192.0.2.1'): Promise<() => Promise<void>> {
    this.serial += 1;
    const id = this.serial;
    const connection = { id, user, address };
    this.clients.set(id, connection);
    this.bus.publish(gatewayFacts.connected, { ...this.now(), connection });
    await this.bus.flush();
    return async () => {
      this.serial += 1;
      this.clients.delete(id);
      this.bus.publish(gatewayFacts.disconnected, { ...this.now(), id });
      await this.bus.flush();
    };
  }

  private tellAll(): void {
    const connections = [...this.clients.values()];
    this.bus.publish(gatewayFacts.listed, { ...this.now(), part: 0, isLast: true, connections });
  }

  private now(): { gateway: string; nonce: string; serial: number } {
    return { gateway: this.gateway, nonce: this.nonce, serial: this.serial };
  }
}
