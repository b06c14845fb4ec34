// A whole system for tests: real processes, the real broker and real files in a folder of its own. It is brought up by the
// launcher, with failpoints and, unless asked for, without restarts: what dies stays dead until the test restarts it.
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { connectionFileOf, readConnection } from '@parley/broker';
import { faultOperations, type Evidence } from '@parley/contracts';
import { Bus } from '@parley/messaging';
import { pino } from 'pino';
import { DataFolder } from './data-folder.js';
import { undeclaredProblems } from './declared-problems.js';
import { HttpClient } from './http.js';
import { isAlive, isFrozen, leftovers, plainEnvironment, removeFolder } from './surroundings.js';
import { Launcher, type Exit } from './launcher.js';
import { ServiceProcess } from './service-process.js';
import { Settlement } from './settlement.js';

const SETTLED_MS = 60_000;
const LOOK_MS = 20;

export interface Arming {
  readonly skip?: number;
  readonly action?: 'kill' | 'stop';
}

export interface SystemOptions {
  readonly participants?: number;
  /** None unless asked for: transactions need no chat. */
  readonly chatReplicas?: number;
  readonly gateways?: number;
  /** Whether the launcher restarts what dies. */
  readonly restart?: boolean;
  /** A folder that an earlier system has left, to start on it again. */
  readonly folder?: string;
  /** Variables for every process, also for those that are restarted. */
  readonly environment?: NodeJS.ProcessEnv;
}

export class System {
  /** Services that this test restarted, by name. */
  private readonly restarted = new Map<string, ServiceProcess>();
  private readonly asleep = new Set<string>();
  private readonly everyPid = new Set<number>();
  private readonly settlement: Settlement;

  private constructor(
    readonly files: DataFolder,
    readonly participants: string[],
    readonly http: HttpClient,
    readonly launcher: Launcher,
    private readonly restarts: boolean,
    readonly bus: Bus,
    private readonly environment: NodeJS.ProcessEnv,
  ) {
    this.settlement = new Settlement(bus, this);
  }

  static async start({
    participants = 3,
    chatReplicas = 0,
    gateways = 1,
    restart = false,
    folder,
    environment: own,
  }: SystemOptions = {}): Promise<System> {
    const data = folder ?? (await mkdtemp(join(tmpdir(), 'parley-e2e-')));
    const environment = { ...plainEnvironment(), ...own };
    const started = Launcher.start({ folder: data, participants, chatReplicas, gateways, restart, environment });
    const { launcher, address } = await started.catch(async (error: unknown) => {
      await removeFolder(data);
      throw error;
    });
    const token = (await readFile(join(data, 'operator.token'), 'utf8')).trim();
    const broker = await readConnection(connectionFileOf(data));
    if (broker === undefined) throw new Error('the broker of a system that is ready has no connection file');
    const bus = await Bus.connect({ name: 'end-to-end-test', address: broker, log: pino({ level: 'silent' }) });
    const names = Array.from({ length: participants }, (_, index) => `participant-${String(index + 1)}`);
    const system = new System(
      new DataFolder(data),
      names,
      new HttpClient(address, token),
      launcher,
      restart,
      bus,
      environment,
    );
    await system.notePids();
    return system;
  }

  /**
   * Arms a failpoint of a node; `point` as in libs/shell/src/failpoints.ts. It passes `skip` times before it acts: kills the
   * process, or freezes it.
   */
  async arm(node: string, point: string, { skip = 0, action = 'kill' }: Arming = {}): Promise<void> {
    await this.bus.requestNode(faultOperations.arm, node, { point, action, skip }, { timeoutMs: 5_000 });
  }

  /** How the present process of this name ends. */
  exited(name: string): Promise<Exit> {
    return this.restarted.get(name)?.exited ?? this.launcher.died(name);
  }

  /** Kills a process with SIGKILL, and resolves when it is dead. */
  async kill(name: string): Promise<void> {
    const exited = this.exited(name);
    process.kill(await this.pid(name), 'SIGKILL');
    await exited;
  }

  /** Resolves when a process has been frozen by a failpoint. */
  async frozen(name: string): Promise<void> {
    const pid = await this.pid(name);
    await this.eventually(`${name} is frozen`, async () => (await isFrozen(pid)) || undefined);
    this.asleep.add(name);
  }

  /** Freezes a process, wherever it stands. */
  async freeze(name: string): Promise<void> {
    process.kill(await this.pid(name), 'SIGSTOP');
    this.asleep.add(name);
  }

  /** Lets a frozen process go on. */
  async thaw(name: string): Promise<void> {
    process.kill(await this.pid(name), 'SIGCONT');
    this.asleep.delete(name);
  }

  /** Starts a coordinator or a participant that has died again, and resolves when it is ready. */
  async restart(name: string, environment: NodeJS.ProcessEnv = {}): Promise<void> {
    await this.spawn(name, environment).ready;
  }

  /** The same for one that may not become ready, or by a command that becomes it. */
  spawn(name: string, environment: NodeJS.ProcessEnv = {}, under: readonly string[] = []): ServiceProcess {
    if (this.isRunning(name)) throw new Error(`${name} runs already`);
    const spawned = this.launch(name, environment, under);
    this.restarted.set(name, spawned);
    return spawned;
  }

  /** Starts a process beside those that are there, whatever its name, and resolves when it is ready. */
  async start(name: string, environment: NodeJS.ProcessEnv = {}): Promise<ServiceProcess> {
    const started = this.launch(name, environment);
    await started.ready;
    return started;
  }

  private launch(name: string, environment: NodeJS.ProcessEnv, under: readonly string[] = []): ServiceProcess {
    const kind = name === 'coordinator' ? 'coordinator' : 'participant';
    const own = kind === 'coordinator' ? {} : { PARTICIPANT_NAME: name, PARTICIPANT_DATA: join(this.files.path, name) };
    const spawned = ServiceProcess.spawn({
      kind,
      under,
      logFile: this.files.logFile(name),
      environment: {
        ...this.environment,
        PARLEY_DATA: this.files.path,
        PARLEY_FAULTS: '1',
        PARTICIPANTS: String(this.participants.length),
        ...own,
        ...environment,
      },
    });
    this.everyPid.add(spawned.pid);
    return spawned;
  }

  /** Starts one more participant, which the launcher knows nothing of. */
  async add(name: string): Promise<void> {
    this.restarted.set(name, await this.start(name));
    this.participants.push(name);
  }

  /** Ends a process in order, and resolves when it has ended. */
  async end(name: string): Promise<Exit> {
    const exited = this.exited(name);
    process.kill(await this.pid(name), 'SIGTERM');
    return exited;
  }

  /** Whether the process is there, or is being restarted by the launcher, and is not frozen. */
  isRunning(name: string): boolean {
    if (this.asleep.has(name)) return false;
    if (this.restarts) return true;
    const restarted = this.restarted.get(name);
    return restarted ? !restarted.hasExited : !this.launcher.saidDead(name);
  }

  /** Participants whose processes run. */
  get running(): string[] {
    return this.participants.filter((name) => this.isRunning(name));
  }

  /** The lines of all running participants' ledgers. Rejects unless they are equal byte for byte. */
  commonLedger(book = 'main'): Promise<string[]> {
    return this.settlement.commonLedger(book);
  }

  /** Resolves when all of a book is decided, and written by all participants that run. Rejects after a minute. */
  settled(book = 'main'): Promise<void> {
    return this.settlement.settled(book);
  }

  /** Evidence of a book as each running node has it. */
  evidence(book: string): Promise<Evidence[]> {
    return this.settlement.evidence(book);
  }

  /** Resolves when `look` finds something: for what nobody tells. Rejects after a minute. */
  async eventually<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
    const deadline = performance.now() + SETTLED_MS;
    for (;;) {
      const found = await look();
      if (found !== undefined) return found;
      if (performance.now() > deadline) throw new Error(`not within a minute: ${what}`);
      await wait(LOOK_MS);
    }
  }

  /** Kills every process of the system at once. The folder stays. */
  async killAll(): Promise<void> {
    await this.bus.drain();
    await this.notePids();
    for (const pid of this.everyPid) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
    await this.launcher.exited;
  }

  /**
   * Stops everything in order. Rejects when something did not end as it should, or has stayed, or when a client was
   * refused with what no contract names. The folder is removed.
   */
  async stop(): Promise<void> {
    await this.bus.drain();
    await this.notePids();
    for (const name of this.asleep) await this.thaw(name);
    const wrong: string[] = [];
    for (const [name, service] of this.restarted) {
      if (service.hasExited) continue;
      service.signal('SIGTERM');
      const { code, signal } = await service.exited;
      if (code !== 0) wrong.push(`${name} ended with ${String(signal ?? code)}`);
    }
    this.launcher.signal('SIGTERM');
    const { code, signal } = await this.launcher.exited;
    if (code !== 0) wrong.push(`the launcher ended with ${String(signal ?? code)}: ${this.launcher.output}`);
    wrong.push(...(await leftovers(this.files.path, this.everyPid)));
    wrong.push(...undeclaredProblems(await this.files.gatewayLogs()));
    await removeFolder(this.files.path);
    if (wrong.length > 0) throw new Error(wrong.join('\n'));
  }

  /** The id of the present process of this name. */
  async pid(name: string): Promise<number> {
    return this.restarted.get(name)?.pid ?? this.files.pid(name);
  }

  private async notePids(): Promise<void> {
    for (const pid of (await this.files.pids()).values()) this.everyPid.add(pid);
  }

  /** Running participants that the coordinator would not put into a list now. */
  async unlisted(): Promise<string[]> {
    const able = (await this.http.participants()).filter((participant) => participant.able).map(({ id }) => id);
    return this.running.filter((name) => !able.includes(name));
  }
}
