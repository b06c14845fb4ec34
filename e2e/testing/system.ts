// A whole system for tests: real processes, the real broker and real files in a folder of its own. It is brought up by the
// launcher, with failpoints and, unless asked for, without restarts: what dies stays dead until the test restarts it.
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { connectionFileOf, readConnection } from '@parley/broker';
import { faultOperations, facts } from '@parley/contracts';
import { Bus } from '@parley/messaging';
import { pino } from 'pino';
import { DataFolder } from './data-folder.js';
import { HttpClient, ProblemAnswer } from './http.js';
import { isAlive, isFrozen, leftovers, plainEnvironment, removeFolder } from './surroundings.js';
import { Launcher, type Exit } from './launcher.js';
import { ServiceProcess } from './service-process.js';

const SETTLED_MS = 60_000;
const LOOK_MS = 20;

export interface Arming {
  readonly skip?: number;
  readonly action?: 'kill' | 'stop';
}

export interface SystemOptions {
  readonly participants?: number;
  /** Whether the launcher restarts what dies. */
  readonly restart?: boolean;
  /** A folder that an earlier system has left, to start on it again. */
  readonly folder?: string;
  /** Variables for every process, also for those that are restarted. */
  readonly environment?: NodeJS.ProcessEnv;
}

class LedgersDiffer extends Error {
  constructor(participants: readonly string[], texts: readonly Buffer[]) {
    const lengths = participants.map((name, index) => `${name} has ${String(texts[index]?.length)} bytes`);
    super(`the ledgers differ: ${lengths.join(', ')}`);
  }
}

export class System {
  /** Services that this test restarted, by name. */
  private readonly restarted = new Map<string, ServiceProcess>();
  private readonly asleep = new Set<string>();
  private readonly everyPid = new Set<number>();

  private constructor(
    readonly files: DataFolder,
    readonly participants: string[],
    readonly http: HttpClient,
    readonly launcher: Launcher,
    private readonly restarts: boolean,
    private readonly bus: Bus,
    private readonly environment: NodeJS.ProcessEnv,
  ) {}

  static async start({
    participants = 3,
    restart = false,
    folder,
    environment: own,
  }: SystemOptions = {}): Promise<System> {
    const data = folder ?? (await mkdtemp(join(tmpdir(), 'parley-e2e-')));
    const environment = { ...plainEnvironment(), ...own };
    const started = Launcher.start({ folder: data, participants, restart, environment });
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
    process.kill(await this.presentPid(name), 'SIGKILL');
    await exited;
  }

  /** Resolves when a process has been frozen by a failpoint. */
  async frozen(name: string): Promise<void> {
    const pid = await this.presentPid(name);
    await this.eventually(`${name} is frozen`, async () => (await isFrozen(pid)) || undefined);
    this.asleep.add(name);
  }

  /** Freezes a process. */
  async freeze(name: string): Promise<void> {
    process.kill(await this.presentPid(name), 'SIGSTOP');
    this.asleep.add(name);
  }

  /** Lets a frozen process go on. */
  async thaw(name: string): Promise<void> {
    process.kill(await this.presentPid(name), 'SIGCONT');
    this.asleep.delete(name);
  }

  /** Starts a coordinator or a participant that has died again, and resolves when it is ready. */
  async restart(name: string, environment: NodeJS.ProcessEnv = {}): Promise<void> {
    if (this.isRunning(name)) throw new Error(`${name} runs already`);
    this.restarted.set(name, await this.start(name, environment));
  }

  /** Starts a process beside those that are there, whatever its name. */
  async start(name: string, environment: NodeJS.ProcessEnv = {}): Promise<ServiceProcess> {
    const kind = name === 'coordinator' ? 'coordinator' : 'participant';
    const own = kind === 'coordinator' ? {} : { PARTICIPANT_NAME: name, PARTICIPANT_DATA: join(this.files.path, name) };
    const started = await ServiceProcess.start({
      kind,
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
    this.everyPid.add(started.pid);
    return started;
  }

  /** Starts one more participant, which the launcher knows nothing of. */
  async add(name: string): Promise<void> {
    this.restarted.set(name, await this.start(name));
    this.participants.push(name);
  }

  /** Ends a process in order, and resolves when it has ended. */
  async end(name: string): Promise<Exit> {
    const exited = this.exited(name);
    process.kill(await this.presentPid(name), 'SIGTERM');
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

  /** The lines of all running participants' ledgers. Throws LedgersDiffer unless they are equal byte for byte. */
  async commonLedger(book = 'main'): Promise<string[]> {
    const texts = await Promise.all(this.running.map((name) => this.files.ledger(name, book)));
    const [first = Buffer.alloc(0)] = texts;
    const lines = first.toString().split('\n');
    // A file that ends within a line is being written.
    if (lines.pop() !== '' || !texts.every((text) => text.equals(first))) throw new LedgersDiffer(this.running, texts);
    return lines;
  }

  /**
   * Resolves when every transaction is decided and the ledgers of all running participants are equal, with a line for
   * each transaction, and the next one would list them all. It looks again at each fact that is told on the bus. Rejects after a minute with what is missing.
   */
  async settled(book = 'main'): Promise<void> {
    const deadline = performance.now() + SETTLED_MS;
    let told = (): void => undefined;
    const hearings = [facts.recorded, facts.decided, facts.alive].map((fact) => this.bus.listen(fact, () => told()));
    try {
      for (;;) {
        const fact = new Promise<void>((resolve) => (told = resolve));
        const unsettled = await this.unsettled(book);
        if (unsettled === undefined) return;
        if (performance.now() > deadline) throw new Error(`not settled within a minute: ${unsettled}`);
        await fact;
      }
    } finally {
      for (const hearing of hearings) hearing.stop();
    }
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

  /** Stops everything in order. Rejects when something did not end as it should, or has stayed. The folder is removed. */
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
    await removeFolder(this.files.path);
    if (wrong.length > 0) throw new Error(wrong.join('\n'));
  }

  private async presentPid(name: string): Promise<number> {
    return this.restarted.get(name)?.pid ?? this.files.pid(name);
  }

  private async notePids(): Promise<void> {
    for (const pid of (await this.files.pids()).values()) this.everyPid.add(pid);
  }

  /** Running participants that the coordinator would not put into a list now. */
  private async unable(): Promise<string[]> {
    const able = (await this.http.participants()).filter((participant) => participant.able).map(({ id }) => id);
    return this.running.filter((name) => !able.includes(name));
  }

  private async unsettled(book: string): Promise<string | undefined> {
    try {
      const all = await this.http.transactions();
      const deciding = all.filter(({ state }) => state === 'deciding');
      if (deciding.length > 0) return `deciding: ${deciding.map(({ id }) => id).join(', ')}`;
      const count = all.filter((transaction) => transaction.book === book).length;
      const lines = (await this.commonLedger(book)).length;
      // Without the coordinator nobody can tell of transactions whose vote request reached no participant.
      const complete = this.isRunning('coordinator') ? lines === count : lines >= count;
      if (!complete) return `${String(count)} transactions, ${String(lines)} lines`;
      const waiting = this.isRunning('coordinator') ? await this.unable() : [];
      return waiting.length === 0 ? undefined : `not listed yet: ${waiting.join(', ')}`;
    } catch (error) {
      // Who has to answer may still be on the way back.
      if (error instanceof LedgersDiffer || (error instanceof ProblemAnswer && error.problem.status === 503))
        return error.message;
      throw error;
    }
  }
}
