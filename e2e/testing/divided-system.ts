// A system on two brokers that are joined by a link through the test, so that both sides of a cut live. Each node reaches
// a broker over a wire of its own: a test says on which side it is, or cuts it off alone. Which kind of link, and where
// JetStream is: docs/decisions/0010-two-brokers-in-tests.md.
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startBroker, type Broker } from '@parley/broker';
import { facts, faultOperations } from '@parley/contracts';
import { Bus } from '@parley/messaging';
import { pino } from 'pino';
import { DataFolder } from './data-folder.js';
import { HttpClient } from './http.js';
import { ServiceProcess } from './service-process.js';
import { Settlement, type Nodes } from './settlement.js';
import type { Stage } from './story.js';
import { Wire } from './wire.js';
import { isFrozen, plainEnvironment, removeFolder } from './surroundings.js';

export type Side = 'left' | 'right';
const SIDES: readonly Side[] = ['left', 'right'];
const PARTICIPANTS = ['participant-1', 'participant-2', 'participant-3'];

interface Half {
  readonly broker: Broker;
  readonly bus: Bus;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const portOf = ({ url }: { readonly url: string }): number => Number(new URL(url).port);

export class DividedSystem implements Stage {
  readonly participants = PARTICIPANTS;
  private readonly nodes = new Map<string, { readonly process: ServiceProcess; readonly wire: Wire; side: Side }>();
  private readonly asleep = new Set<string>();
  private readonly clients = new Map<Side, HttpClient>();

  private constructor(
    readonly files: DataFolder,
    private readonly halves: Readonly<Record<Side, Half>>,
    private readonly link: Wire,
  ) {}

  static async start(): Promise<DividedSystem> {
    const folder = await mkdtemp(join(tmpdir(), 'parley-divided-'));
    const leafPort = await freePort();
    const link = await Wire.to(leafPort);
    // A leaf that learns the hub's own address would connect around the wire when that is cut.
    const advertised = `127.0.0.1:${String(link.port)}`;
    const store = JSON.stringify(join(folder, 'broker'));
    const left = await startBroker({
      folder,
      extra: `leafnodes { listen: "127.0.0.1:${String(leafPort)}", advertise: "${advertised}" }
jetstream { store_dir: ${store}, sync_interval: always, domain: left }
`,
    });
    const remote = `nats-leaf://${left.user}:${left.password}@127.0.0.1:${String(link.port)}`;
    const right = await startBroker({
      folder: join(folder, 'right'),
      // Nodes come over from the other side with their credential.
      connection: { ...left, url: `nats://127.0.0.1:${String(await freePort())}` },
      extra: `leafnodes { reconnect: 1, remotes: [{ url: ${JSON.stringify(remote)} }] }
jetstream: false
default_js_domain: { "$G": left }
`,
    });
    const half = async (broker: Broker): Promise<Half> => ({
      broker,
      bus: await Bus.connect({ name: 'end-to-end-test', address: broker, log: pino({ level: 'silent' }) }),
    });
    const system = new DividedSystem(
      new DataFolder(folder),
      { left: await half(left), right: await half(right) },
      link,
    );
    await mkdir(join(folder, 'log'), { recursive: true });
    await writeFile(join(folder, 'broker.password'), left.password);
    await system.spawnAll();
    return system;
  }

  /** The gateway on the left, where the coordinator is unless it is placed elsewhere. */
  get http(): HttpClient {
    return this.clients.get('left')!;
  }

  commonLedger(book: string): Promise<string[]> {
    return this.whole.commonLedger(book);
  }

  settled(book: string): Promise<void> {
    return this.whole.settled(book);
  }

  evidence(book: string) {
    return this.whole.evidence(book);
  }

  /** What can be had on one side: its gateway, and its nodes. */
  side(side: Side): Stage {
    const settlement = this.settlement(side, (name) => this.nodes.get(name)!.side === side);
    return {
      http: this.clients.get(side)!,
      participants: PARTICIPANTS.filter((name) => this.nodes.get(name)!.side === side),
      commonLedger: (book) => settlement.commonLedger(book),
      settled: (book) => settlement.settled(book),
      evidence: (book) => settlement.evidence(book),
    };
  }

  /** Puts nodes on the right, and all others on the left. Resolves when all of them are heard on both sides. */
  async place(right: readonly string[]): Promise<void> {
    for (const [name, node] of this.nodes) {
      if (name.startsWith('gateway')) continue;
      node.side = right.includes(name) ? 'right' : 'left';
      node.wire.leadTo(portOf(this.halves[node.side].broker));
    }
    await this.allHeard();
  }

  async arm(node: string, point: string, skip: number): Promise<void> {
    const { bus } = this.halves[this.nodes.get(node)!.side];
    await bus.requestNode(faultOperations.arm, node, { point, action: 'stop', skip }, { timeoutMs: 5_000 });
  }

  async frozen(name: string): Promise<void> {
    while (!(await isFrozen(this.nodes.get(name)!.process.pid)))
      await new Promise((resolve) => setTimeout(resolve, 20));
    this.asleep.add(name);
  }

  thaw(name: string): void {
    process.kill(this.nodes.get(name)!.process.pid, 'SIGCONT');
    this.asleep.delete(name);
  }

  cut(): void {
    this.link.cut();
  }

  /** Joins the sides again. Resolves when everybody is heard on both. */
  async heal(): Promise<void> {
    this.link.heal();
    await this.allHeard();
  }

  /** The wire of one node. */
  wire(name: string): Wire {
    return this.nodes.get(name)!.wire;
  }

  /** Resolves when each node has told on both sides, from now on, that it lives. */
  async allHeard(): Promise<void> {
    const names = ['coordinator', ...PARTICIPANTS];
    await Promise.all(
      SIDES.map(
        (side) =>
          new Promise<void>((resolve) => {
            const missing = new Set(names);
            const hearing = this.halves[side].bus.listen(facts.alive, ({ node }) => {
              missing.delete(node);
              if (missing.size > 0) return;
              hearing.stop();
              resolve();
            });
          }),
      ),
    );
  }

  async stop(): Promise<void> {
    for (const name of this.asleep) this.thaw(name);
    for (const kind of ['gateway', 'coordinator', 'participant']) {
      const own = [...this.nodes].filter(([name]) => name.startsWith(kind));
      for (const [, { process }] of own) process.signal('SIGTERM');
      await Promise.all(own.map(([, { process }]) => process.exited));
    }
    for (const { wire } of this.nodes.values()) wire.close();
    this.link.close();
    for (const side of SIDES) await this.halves[side].bus.drain();
    for (const side of SIDES) await this.halves[side].broker.stop();
    await removeFolder(this.files.path);
  }

  private get whole(): Settlement {
    return this.settlement('left', () => true);
  }

  private settlement(side: Side, has: (name: string) => boolean): Settlement {
    const isRunning = (name: string) => has(name) && !this.asleep.has(name);
    const nodes: Nodes = {
      files: this.files,
      running: PARTICIPANTS.filter(isRunning),
      isRunning,
      unlisted: async () => {
        const able = (await this.clients.get(side)!.participants()).filter((one) => one.able).map(({ id }) => id);
        return PARTICIPANTS.filter((name) => isRunning(name) && !able.includes(name));
      },
    };
    return new Settlement(this.halves[side].bus, nodes);
  }

  private async spawnAll(): Promise<void> {
    await Promise.all(['coordinator', ...PARTICIPANTS].map((name) => this.spawn(name, 'left')));
    for (const side of SIDES) {
      const address = await this.spawn(`gateway-${side}`, side);
      const token = (await readFile(join(this.files.path, 'operator.token'), 'utf8')).trim();
      this.clients.set(side, new HttpClient(address!, token));
    }
  }

  private async spawn(name: string, side: Side): Promise<string | undefined> {
    const { broker } = this.halves[side];
    const wire = await Wire.to(portOf(broker));
    const kind = (['coordinator', 'participant', 'gateway'] as const).find((one) => name.startsWith(one))!;
    const process = ServiceProcess.spawn({
      kind,
      logFile: this.files.logFile(name),
      environment: {
        ...plainEnvironment(),
        NATS_URL: `nats://127.0.0.1:${String(wire.port)}`,
        NATS_USER: broker.user,
        NATS_PASSWORD_FILE: join(this.files.path, 'broker.password'),
        PARLEY_DATA: this.files.path,
        PARLEY_FAULTS: '1',
        PARTICIPANTS: String(PARTICIPANTS.length),
        ...(kind === 'participant' && { PARTICIPANT_NAME: name, PARTICIPANT_DATA: join(this.files.path, name) }),
        ...(kind === 'gateway' && {
          HOST: '127.0.0.1',
          PORT: '0',
          OPERATOR_TOKEN_FILE: join(this.files.path, 'operator.token'),
        }),
      },
    });
    this.nodes.set(name, { process, wire, side });
    return process.ready;
  }
}
