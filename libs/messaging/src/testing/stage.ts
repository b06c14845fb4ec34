// A real broker in a folder of its own, and buses on it. `clear` closes all that was made, newest first.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { startBroker, type Broker } from '@parley/broker';
import { Bus } from '../bus.js';
import { recordedLog, type RecordedLog } from './recorded-log.js';

export class Stage {
  readonly #clearing: (() => Promise<unknown>)[] = [];
  readonly log: RecordedLog = recordedLog();

  private constructor(
    private readonly folder: string,
    public broker: Broker,
  ) {}

  static async set(): Promise<Stage> {
    const folder = await mkdtemp(join(tmpdir(), 'parley-messaging-'));
    return new Stage(folder, await startBroker({ folder }));
  }

  /** A node has an entry of its own in vector clocks. */
  async bus(name = 'test', node?: string): Promise<Bus> {
    const options = { name, address: this.broker, log: this.log.logger };
    const bus = await Bus.connect({ ...options, ...(node !== undefined && { node }) });
    this.onClear(() => bus.drain());
    return bus;
  }

  /** A NATS client that knows nothing of Parley. */
  async stranger(): Promise<NatsConnection> {
    const { url, user, password } = this.broker;
    const connection = await connect({ servers: url, user, pass: password, reconnect: false });
    this.onClear(() => connection.close());
    return connection;
  }

  onClear(clear: () => Promise<unknown>): void {
    this.#clearing.push(clear);
  }

  /** Starts the broker again where it was reached before. */
  async restartBroker(): Promise<void> {
    this.broker = await startBroker({ folder: this.folder, connection: this.broker });
  }

  async clear(): Promise<void> {
    for (const clear of this.#clearing.reverse()) {
      await clear();
    }
    await this.broker.stop();
    await rm(this.folder, { recursive: true });
  }
}
