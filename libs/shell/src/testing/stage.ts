// A real broker in a folder of its own, and a node's bus on it.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startBroker, type Broker } from '@parley/broker';
import { Bus } from '@parley/messaging';
import { pino } from 'pino';

export class Stage {
  private constructor(
    private readonly folder: string,
    private readonly broker: Broker,
    readonly bus: Bus,
  ) {}

  static async set(): Promise<Stage> {
    const folder = await mkdtemp(join(tmpdir(), 'parley-shell-'));
    const broker = await startBroker({ folder });
    const bus = await Bus.connect({ name: 'node', address: broker, log: pino({ level: 'silent' }) });
    return new Stage(folder, broker, bus);
  }

  async clear(): Promise<void> {
    await this.bus.drain();
    await this.broker.stop();
    await rm(this.folder, { recursive: true });
  }
}
