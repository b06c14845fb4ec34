// A system on two brokers, so that both sides of a cut live. Each node reaches a broker over a wire of its own: a test says
// on which side it is, or cuts it off alone. What dies stays dead until the test starts it again.
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { facts, faultOperations } from '@parley/contracts';
import { DataFolder } from './data-folder.js';
import { HttpClient } from './http.js';
import { ServiceProcess } from './service-process.js';
import { Settlement, type Nodes } from './settlement.js';
import type { Stage } from './story.js';
import { Wire } from './wire.js';
import { isFrozen, plainEnvironment, removeFolder } from './surroundings.js';
import { SIDES, TwoBrokers, type Side } from './two-brokers.js';

const PARTICIPANTS = ['participant-1', 'participant-2', 'participant-3'];
const LOOK_MS = 20;
const CALL_MS = 100;
const HEARD_MS = 60_000;

interface Node {
  readonly wire: Wire;
  readonly environment: NodeJS.ProcessEnv;
  side: Side;
  process: ServiceProcess;
  isAsleep: boolean;
}

export class DividedSystem implements Stage {
  readonly participants = PARTICIPANTS;
  private readonly nodes = new Map<string, Node>();
  private readonly clients = new Map<Side, HttpClient>();

  private constructor(
    readonly files: DataFolder,
    readonly brokers: TwoBrokers,
    private readonly environment: NodeJS.ProcessEnv,
  ) {}

  /** `environment` is for every process, besides what makes it what it is. */
  static async start(environment: NodeJS.ProcessEnv = {}): Promise<DividedSystem> {
    const folder = await mkdtemp(join(tmpdir(), 'parley-divided-'));
    const brokers = await TwoBrokers.start(folder);
    const system = new DividedSystem(new DataFolder(folder), brokers, environment);
    await mkdir(join(folder, 'log'), { recursive: true });
    await writeFile(join(folder, 'broker.password'), brokers.at('left').password);
    await Promise.all(['coordinator', ...PARTICIPANTS].map((name) => system.add(name, 'left')));
    // The first one makes the operator's token.
    for (const side of SIDES) await system.add(gatewayOf(side), side);
    return system;
  }

  /** The gateway on the left, where the coordinator is unless it is placed elsewhere. */
  get http(): HttpClient {
    return this.client('left');
  }

  /** The gateway on a side. */
  client(side: Side): HttpClient {
    return this.clients.get(side)!;
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
    const settlement = this.settlement(side, (name) => this.node(name).side === side);
    return {
      http: this.client(side),
      participants: PARTICIPANTS.filter((name) => this.node(name).side === side),
      commonLedger: (book) => settlement.commonLedger(book),
      settled: (book) => settlement.settled(book),
      evidence: (book) => settlement.evidence(book),
    };
  }

  /** Puts nodes on the right, and all others on the left: who changes sides loses its connection, and makes a new one. */
  move(right: readonly string[]): void {
    for (const name of ['coordinator', ...PARTICIPANTS]) {
      const node = this.node(name);
      node.side = right.includes(name) ? 'right' : 'left';
      node.wire.leadTo(this.brokers.port(node.side));
    }
  }

  /** The same; resolves when all of them are heard on both sides. */
  async place(right: readonly string[]): Promise<void> {
    this.move(right);
    await this.allHeard();
  }

  async arm(node: string, point: string, skip: number, action: 'stop' | 'kill' = 'stop'): Promise<void> {
    const bus = this.brokers.bus(this.node(node).side);
    await bus.requestNode(faultOperations.arm, node, { point, action, skip }, { timeoutMs: 5_000 });
  }

  /** Resolves when a process has been frozen by a failpoint; rejects when `signal` ends the waiting. */
  async frozen(name: string, signal?: AbortSignal): Promise<void> {
    const node = this.node(name);
    while (!(await isFrozen(node.process.pid))) await wait(LOOK_MS, undefined, { signal });
    node.isAsleep = true;
  }

  /** Freezes a process, wherever it stands. */
  freeze(name: string): void {
    const node = this.node(name);
    node.process.signal('SIGSTOP');
    node.isAsleep = true;
  }

  thaw(name: string): void {
    const node = this.node(name);
    node.process.signal('SIGCONT');
    node.isAsleep = false;
  }

  /** Starts a process that has ended again, and resolves when it is ready. */
  async restart(name: string): Promise<void> {
    const node = this.node(name);
    node.process = this.spawn(name, node.environment);
    node.isAsleep = false;
    await node.process.ready;
  }

  /** The present process of this name. */
  process(name: string): ServiceProcess {
    return this.node(name).process;
  }

  cut(): void {
    this.brokers.cut();
  }

  /** Joins the sides again. Resolves when everybody is heard on both. */
  async heal(): Promise<void> {
    this.brokers.heal();
    await this.allHeard();
  }

  /** Undoes what a story that failed has left cut, stalled or held, so that the next one fails for reasons of its own. */
  undo(): void {
    this.brokers.heal();
    for (const [name, { wire }] of this.nodes) {
      wire.resume();
      wire.heal();
      this.thaw(name);
    }
  }

  /** The wire of one node. */
  wire(name: string): Wire {
    return this.node(name).wire;
  }

  /** Resolves when each node has told on both sides, from now on, that it lives. */
  async allHeard(): Promise<void> {
    await Promise.all(SIDES.map((side) => this.heardOn(side)));
  }

  /** `keep` leaves the folder, with all journals, ledgers and logs. */
  async stop({ keep = false } = {}): Promise<void> {
    for (const [name, { isAsleep }] of this.nodes) if (isAsleep) this.thaw(name);
    for (const kind of ['gateway', 'coordinator', 'participant']) {
      const own = [...this.nodes].filter(([name]) => name.startsWith(kind));
      for (const [, { process }] of own) process.signal('SIGTERM');
      await Promise.all(own.map(([, { process }]) => process.exited));
    }
    for (const { wire } of this.nodes.values()) wire.close();
    await this.brokers.stop();
    if (!keep) await removeFolder(this.files.path);
  }

  private get whole(): Settlement {
    return this.settlement('left', () => true);
  }

  private node(name: string): Node {
    return this.nodes.get(name)!;
  }

  /** Nodes tell that they live when they are called; who is out of reach is called again. */
  private async heardOn(side: Side): Promise<void> {
    const deadline = performance.now() + HEARD_MS;
    const missing = new Set(['coordinator', ...PARTICIPANTS]);
    const hearing = this.brokers.bus(side).listen(facts.alive, ({ node }) => missing.delete(node));
    while (missing.size > 0) {
      if (performance.now() > deadline) throw new Error(`not heard on the ${side}: ${[...missing].join(', ')}`);
      this.brokers.bus(side).publish(facts.called, { from: 'end-to-end-test' });
      await wait(CALL_MS);
    }
    hearing.stop();
  }

  private settlement(side: Side, has: (name: string) => boolean): Settlement {
    const isRunning = (name: string): boolean => {
      const { process, isAsleep } = this.node(name);
      return has(name) && !isAsleep && !process.hasExited;
    };
    const nodes: Nodes = {
      files: this.files,
      running: PARTICIPANTS.filter(isRunning),
      isRunning,
      unlisted: async () => {
        const able = (await this.client(side).participants()).filter((one) => one.able).map(({ id }) => id);
        return PARTICIPANTS.filter((name) => isRunning(name) && !able.includes(name));
      },
    };
    return new Settlement(this.brokers.bus(side), nodes);
  }

  private async add(name: string, side: Side): Promise<void> {
    const wire = await Wire.to(this.brokers.port(side));
    const environment = { NATS_URL: `nats://127.0.0.1:${String(wire.port)}`, ...this.own(name) };
    const process = this.spawn(name, environment);
    this.nodes.set(name, { wire, environment, side, process, isAsleep: false });
    const address = await process.ready;
    if (address === undefined) return;
    // Started again it is where its clients look for it.
    this.nodes.get(name)!.environment['PORT'] = new URL(address).port;
    const token = (await readFile(join(this.files.path, 'operator.token'), 'utf8')).trim();
    this.clients.set(side, new HttpClient(address, token));
  }
  private spawn(name: string, environment: NodeJS.ProcessEnv): ServiceProcess {
    const kind = (['coordinator', 'participant', 'gateway'] as const).find((one) => name.startsWith(one))!;
    return ServiceProcess.spawn({
      kind,
      logFile: this.files.logFile(name),
      environment: { ...plainEnvironment(), ...this.environment, ...environment },
    });
  }

  /** What makes a process what it is. */
  private own(name: string): NodeJS.ProcessEnv {
    const { path } = this.files;
    return {
      NATS_USER: this.brokers.at('left').user,
      NATS_PASSWORD_FILE: join(path, 'broker.password'),
      PARLEY_DATA: path,
      PARLEY_FAULTS: '1',
      PARTICIPANTS: String(PARTICIPANTS.length),
      ...(name.startsWith('participant') && { PARTICIPANT_NAME: name, PARTICIPANT_DATA: join(path, name) }),
      ...(name.startsWith('gateway') && {
        HOST: '127.0.0.1',
        PORT: '0',
        OPERATOR_TOKEN_FILE: join(path, 'operator.token'),
      }),
    };
  }
}

const gatewayOf = (side: Side): string => `gateway-${side}`;
