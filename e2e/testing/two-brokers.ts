// Two brokers that are joined by a link through the test, so that both sides of a cut live. Which kind of link, and where
// JetStream is: docs/decisions/0010-two-brokers-in-tests.md.
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { startBroker, type Broker } from '@parley/broker';
import { Bus } from '@parley/messaging';
import { pino } from 'pino';
import { Wire } from './wire.js';

export const SIDES = ['left', 'right'] as const;
export type Side = (typeof SIDES)[number];

type BrokerOptions = Parameters<typeof startBroker>[0];

interface Half {
  readonly options: BrokerOptions;
  broker: Broker;
  /** The test's own. */
  readonly bus: Bus;
}

export class TwoBrokers {
  private constructor(
    private readonly halves: Readonly<Record<Side, Half>>,
    private readonly link: Wire,
  ) {}

  /** `folder` is the left one's; the right one has a folder in it. */
  static async start(folder: string): Promise<TwoBrokers> {
    const leafPort = await freePort();
    const link = await Wire.to(leafPort);
    // A leaf that learns the hub's own address would connect around the wire when that is cut.
    const advertised = `127.0.0.1:${String(link.port)}`;
    const store = JSON.stringify(join(folder, 'broker'));
    const left = await half({
      folder,
      extra: `leafnodes { listen: "127.0.0.1:${String(leafPort)}", advertise: "${advertised}" }
jetstream { store_dir: ${store}, sync_interval: always, domain: left }
`,
    });
    const { user, password } = left.broker;
    const remote = `nats-leaf://${user}:${password}@127.0.0.1:${String(link.port)}`;
    const right = await half({
      folder: join(folder, 'right'),
      // Nodes come over from the other side with their credential.
      connection: { user, password, url: `nats://127.0.0.1:${String(await freePort())}` },
      // It waits at the cut link for as long as a cut lasts, and is through at once when that is healed.
      extra: `leafnodes { reconnect: 1, remotes: [{ url: ${JSON.stringify(remote)}, first_info_timeout: "120s" }] }
jetstream: false
default_js_domain: { "$G": left }
`,
    });
    return new TwoBrokers({ left, right }, link);
  }

  at(side: Side): Broker {
    return this.halves[side].broker;
  }

  bus(side: Side): Bus {
    return this.halves[side].bus;
  }

  /** Where clients reach it, also after it was killed and started again. */
  port(side: Side): number {
    return Number(new URL(this.at(side).url).port);
  }

  cut(): void {
    this.link.cut();
  }

  heal(): void {
    this.link.heal();
  }

  /** Resolves when the broker is dead. */
  kill(side: Side): Promise<void> {
    return this.at(side).kill();
  }

  /** Starts a broker that was killed again, with its files. */
  async restart(side: Side): Promise<void> {
    const { options, broker } = this.halves[side];
    this.halves[side].broker = await startBroker({ ...options, connection: broker });
  }

  async stop(): Promise<void> {
    this.link.close();
    for (const side of SIDES) await this.bus(side).drain();
    for (const side of SIDES) await this.at(side).stop();
  }
}

async function half(options: BrokerOptions): Promise<Half> {
  const broker = await startBroker(options);
  const bus = await Bus.connect({ name: 'end-to-end-test', address: broker, log: pino({ level: 'silent' }) });
  return { options, broker, bus };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
